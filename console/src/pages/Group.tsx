import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useParams } from 'wouter';
import { call } from '../api/call';
import DataTable from '../ui/DataTable';
import FormButton from '../ui/FormButton';
import { Copyable, DangerButton, EmptyState, ErrorNotice, PageHead, useChange } from '../ui/parts';

interface Member {
  ProductKey: string;
  ProductName: string;
  DeviceName: string;
  IotId: string;
}
const one = ({ ProductKey, DeviceName }: Member) => ({
  'Device.1.ProductKey': ProductKey,
  'Device.1.DeviceName': DeviceName,
});

export default function Group() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const [, go] = useLocation();
  const query = useQuery({
    queryKey: ['group', id],
    queryFn: async () =>
      (await call<{ Data: { GroupName: string; GroupDesc?: string } }>('QueryDeviceGroupInfo', { GroupId: id })).Data,
  });
  const remove = useChange(
    () => call('DeleteDeviceGroup', { GroupId: id }),
    () => go('/groups'),
  );
  const leave = useChange((member: Member) => call('BatchDeleteDeviceGroupRelations', { GroupId: id, ...one(member) }));
  const up: [string, string] = ['/groups', t('groups.title')];
  if (query.error)
    return (
      <>
        <PageHead title={id} up={up} />
        <ErrorNotice error={query.error} />
      </>
    );
  return (
    <>
      <PageHead title={query.data?.GroupName ?? id} up={up}>
        <FormButton
          title={t('groups.addDevice')}
          fields={[
            { name: 'ProductKey', label: t('products.key'), required: true },
            { name: 'DeviceName', label: t('devices.name'), required: true },
          ]}
          submit={(values) =>
            call('BatchAddDeviceGroupRelations', { GroupId: id, ...one(values as unknown as Member) })
          }
        />
        <DangerButton
          ask={t('groups.deleteAsk')}
          words={t('common.delete')}
          onConfirm={() => remove.mutateAsync(undefined)}
        />
      </PageHead>
      {query.data?.GroupDesc && <p className="quiet">{query.data.GroupDesc}</p>}
      <div className="card">
        <DataTable<Member>
          name={['members', id]}
          rowKey={({ IotId }) => IotId}
          empty={<EmptyState words={t('groups.noMembers')} />}
          load={async (page, size) => {
            const { Data, Total } = await call<{ Total: number; Data: { SimpleDeviceInfo?: Member[] } }>(
              'QueryDeviceListByDeviceGroup',
              { GroupId: id, CurrentPage: page, PageSize: size },
            );
            return { rows: Data.SimpleDeviceInfo ?? [], total: Total };
          }}
          columns={[
            {
              title: t('devices.name'),
              render: (_, { ProductKey, DeviceName }) => (
                <Link className="mono" href={`/products/${ProductKey}/devices/${encodeURIComponent(DeviceName)}`}>
                  {DeviceName}
                </Link>
              ),
            },
            { title: t('products.name'), dataIndex: 'ProductName', responsive: ['md'] },
            {
              title: t('products.key'),
              responsive: ['md'],
              render: (_, { ProductKey }) => <Copyable text={ProductKey} />,
            },
            {
              title: t('common.actions'),
              render: (_, member) => (
                <DangerButton
                  size="small"
                  ask={`${t('groups.remove')}: ${member.DeviceName}`}
                  words={t('groups.remove')}
                  onConfirm={() => leave.mutateAsync(member)}
                />
              ),
            },
          ]}
        />
      </div>
    </>
  );
}
