import { Input, InputNumber, Progress, Select, App } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { call } from '../api/call';
import { device as readDevice, devices as readDevices, type Device } from '../api/platform';
import DataTable from '../ui/DataTable';
import FormButton from '../ui/FormButton';
import { Copyable, EmptyState, Status, When } from '../ui/parts';

function Add({ productKey }: { productKey: string }) {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return (
    <FormButton
      title={t('devices.add')}
      fields={[
        {
          name: 'DeviceName',
          label: t('devices.name'),
          help: t('devices.nameHelp'),
          input: <Input autoComplete="off" maxLength={32} />,
        },
        { name: 'Nickname', label: t('devices.nickname') },
      ]}
      submit={async (values) => {
        const { Data } = await call<{ Data: Device }>('RegisterDevice', { ProductKey: productKey, ...values });
        go(`/products/${productKey}/devices/${encodeURIComponent(Data.DeviceName)}`);
      }}
    />
  );
}

// In parts of a thousand, as the operation takes them.
function AddMany({ productKey }: { productKey: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [made, setMade] = useState<{ done: number; of: number }>();
  const register = async ({ Count }: { Count: number }) => {
    for (let done = 0; done < Count; done += 1000) {
      setMade({ done, of: Count });
      const { Data } = await call<{ Data: { ApplyId: number } }>('BatchRegisterDevice', {
        ProductKey: productKey,
        Count: Math.min(1000, Count - done),
      });
      for (;;) {
        const status = await call<{ Data: { Status: string } }>('QueryBatchRegisterDeviceStatus', {
          ProductKey: productKey,
          ApplyId: Data.ApplyId,
        });
        if (status.Data.Status.endsWith('SUCCESS')) break;
        if (status.Data.Status.endsWith('FAILED')) throw new Error(status.Data.Status);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    setMade(undefined);
    void message.success(t('devices.registered', { count: Count }));
  };
  return (
    <FormButton
      title={t('devices.batch')}
      primary={false}
      progress={
        made && <Progress aria-label={t('devices.working')} percent={Math.round((made.done / made.of) * 100)} />
      }
      fields={[
        {
          name: 'Count',
          label: t('devices.count'),
          required: true,
          initial: 100,
          input: <InputNumber min={1} max={10_000} />,
        },
      ]}
      submit={(values) => register(values as unknown as { Count: number }).finally(() => setMade(undefined))}
    />
  );
}

const statuses = [
  ['ONLINE', 1],
  ['OFFLINE', 3],
  ['UNACTIVE', 0],
  ['DISABLE', 8],
] as const;

export default function DeviceList({ productKey }: { productKey: string }) {
  const { t } = useTranslation();
  const [status, setStatus] = useState<number>();
  const [name, setName] = useState('');
  const load = async (page: number, size: number) => {
    if (!name) return readDevices(productKey, status, page, size);
    return { rows: [await readDevice(productKey, name)], total: 1 };
  };
  return (
    <>
      <div className="tools">
        <Input.Search
          allowClear
          placeholder={t('devices.find')}
          aria-label={t('devices.find')}
          onSearch={(text) => setName(text.trim())}
          className="find"
        />
        <Select
          aria-label={t('common.status')}
          value={status ?? -1}
          onChange={(value) => setStatus(value === -1 ? undefined : value)}
          style={{ width: 150 }}
          options={[
            { value: -1, label: t('devices.anyStatus') },
            ...statuses.map(([word, value]) => ({ value, label: t(`status.${word}`) })),
          ]}
        />
        <span className="grow" />
        <div className="actions">
          <AddMany productKey={productKey} />
          <Add productKey={productKey} />
        </div>
      </div>
      <DataTable<Device>
        name={['devices', productKey, status, name]}
        load={load}
        rowKey={({ IotId }) => IotId}
        refresh={5_000}
        empty={
          <EmptyState
            words={t(name ? 'devices.notFound' : status === undefined ? 'devices.empty' : 'devices.noneSo')}
          />
        }
        columns={[
          {
            title: t('devices.name'),
            render: (_, device) => (
              <Link className="mono" href={`/products/${productKey}/devices/${encodeURIComponent(device.DeviceName)}`}>
                {device.DeviceName}
              </Link>
            ),
          },
          { title: t('devices.nickname'), responsive: ['lg'], render: (_, { Nickname }) => Nickname || '–' },
          {
            title: t('common.status'),
            render: (_, { DeviceStatus, Status: other }) => <Status status={DeviceStatus ?? other ?? ''} />,
          },
          { title: 'IotId', responsive: ['lg'], render: (_, { IotId }) => <Copyable text={IotId} /> },
          { title: t('common.created'), responsive: ['md'], render: (_, { UtcCreate }) => <When at={UtcCreate} /> },
        ]}
      />
    </>
  );
}
