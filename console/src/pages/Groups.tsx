import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { call } from '../api/call';
import type { Group } from '../api/platform';
import DataTable from '../ui/DataTable';
import FormButton from '../ui/FormButton';
import { Copyable, EmptyState, PageHead, When } from '../ui/parts';

export default function Groups() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return (
    <>
      <PageHead title={t('groups.title')}>
        <FormButton
          title={t('groups.create')}
          fields={[
            {
              name: 'GroupName',
              label: t('common.name'),
              help: t('groups.rule'),
              required: true,
              input: <Input autoComplete="off" maxLength={30} />,
            },
            {
              name: 'GroupDesc',
              label: t('common.description'),
              input: <Input.TextArea maxLength={100} showCount rows={2} />,
            },
          ]}
          submit={async (values) =>
            go(`/groups/${(await call<{ Data: Group }>('CreateDeviceGroup', values)).Data.GroupId}`)
          }
        />
      </PageHead>
      <div className="card">
        <DataTable<Group>
          name={['groups']}
          rowKey={({ GroupId }) => GroupId}
          empty={<EmptyState words={t('groups.empty')} />}
          load={async (page, size) => {
            const { Data, Total } = await call<{ Total: number; Data: { GroupInfo?: Group[] } }>(
              'QueryDeviceGroupList',
              { CurrentPage: page, PageSize: size },
            );
            return { rows: Data.GroupInfo ?? [], total: Total };
          }}
          columns={[
            {
              title: t('common.name'),
              render: (_, { GroupId, GroupName }) => <Link href={`/groups/${GroupId}`}>{GroupName}</Link>,
            },
            { title: t('groups.id'), render: (_, { GroupId }) => <Copyable text={GroupId} /> },
            { title: t('common.description'), dataIndex: 'GroupDesc', responsive: ['md'] },
            { title: t('common.created'), responsive: ['md'], render: (_, { UtcCreate }) => <When at={UtcCreate} /> },
          ]}
        />
      </div>
    </>
  );
}
