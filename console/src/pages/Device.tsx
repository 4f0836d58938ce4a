import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useParams } from 'wouter';
import { call } from '../api/call';
import { device as readDevice, type DeviceDetail } from '../api/platform';
import {
  Copyable,
  DangerButton,
  EmptyState,
  ErrorNotice,
  Facts,
  PageHead,
  Secret,
  Status,
  useChange,
  When,
} from '../ui/parts';
import PageTabs from '../ui/tabs';
import MessageTable from './MessageTable';
import { Properties, Shadow } from './ThingData';

const simulatorOf = ({ ProductKey, DeviceName }: DeviceDetail) =>
  `/simulator?product=${ProductKey}&device=${encodeURIComponent(DeviceName)}`;

function Information({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const tags = useQuery({
    queryKey: ['tags', device.IotId],
    queryFn: async () => (await call<{ Props?: string }>('QueryDeviceProp', { IotId: device.IotId })).Props,
  });
  return (
    <Facts
      facts={[
        [t('devices.name'), <Copyable text={device.DeviceName} />],
        [t('products.key'), <Copyable text={device.ProductKey} />],
        [
          t('devices.secret'),
          device.DeviceSecret ? <Secret text={device.DeviceSecret} label={t('devices.secret')} /> : null,
        ],
        ['IotId', <Copyable text={device.IotId} />],
        [t('devices.nickname'), device.Nickname],
        [t('common.created'), <When at={device.UtcCreate} />],
        [t('devices.activated'), <When at={device.UtcActive} />],
        [t('devices.lastOnline'), <When at={device.UtcOnline} />],
        [t('devices.address'), device.IpAddress],
        [t('devices.tags'), tags.data && tags.data !== '{}' ? <code>{tags.data}</code> : null],
      ]}
    />
  );
}

interface Subscription {
  TopicName: string;
  Timestamp: number;
}

function TopicList({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['subscriptions', device.IotId],
    refetchInterval: 3_000,
    queryFn: async () =>
      (
        await call<{ TopicList?: Subscription[] }>('QueryDeviceSubTopic', {
          ProductKey: device.ProductKey,
          DeviceName: device.DeviceName,
        })
      ).TopicList ?? [],
  });
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <Table<Subscription>
      dataSource={query.data ?? []}
      loading={query.isPending}
      rowKey="TopicName"
      pagination={{ pageSize: 20, hideOnSinglePage: true }}
      size="middle"
      locale={{
        emptyText: (
          <EmptyState words={t('devices.noTopics')}>
            <Link href={simulatorOf(device)}>{t('devices.simulate')}</Link>
          </EmptyState>
        ),
      }}
      columns={[
        { title: t('devices.topic'), render: (_, { TopicName }) => <Copyable text={TopicName} /> },
        { title: t('devices.since'), render: (_, { Timestamp }) => <When at={Timestamp} /> },
      ]}
    />
  );
}

export default function Device() {
  const { t } = useTranslation();
  const { key = '', name: escaped = '' } = useParams();
  const name = decodeURIComponent(escaped);
  const [, go] = useLocation();
  const query = useQuery({
    queryKey: ['device', key, name],
    queryFn: () => readDevice(key, name),
    refetchInterval: 5_000,
  });
  const at = { ProductKey: key, DeviceName: name };
  const remove = useChange(
    () => call('DeleteDevice', at),
    () => go(`/devices?product=${key}`),
  );
  const able = useChange((operation: string) => call(operation, at));
  const up: [string, string] = [`/products/${key}?tab=devices`, query.data?.ProductName ?? t('products.title')];
  if (query.error)
    return (
      <>
        <PageHead title={name} up={up} />
        <ErrorNotice error={query.error} />
      </>
    );
  if (!query.data) return <Skeleton active />;
  const device = query.data;
  const disabled = device.Status?.toUpperCase() === 'DISABLE';
  return (
    <>
      <PageHead
        title={
          <>
            {device.DeviceName} <Status status={device.Status ?? ''} />
          </>
        }
        up={up}
      >
        <Button type="primary" onClick={() => go(simulatorOf(device))}>
          {t('devices.simulate')}
        </Button>
        <Button onClick={() => able.mutate(disabled ? 'EnableThing' : 'DisableThing')}>
          {t(disabled ? 'devices.enable' : 'devices.disable')}
        </Button>
        <DangerButton
          ask={t('devices.deleteAsk')}
          words={t('common.delete')}
          onConfirm={() => remove.mutateAsync(undefined)}
        />
      </PageHead>
      <div className="card">
        <PageTabs
          tabs={[
            { key: 'info', label: t('devices.info'), children: <Information device={device} /> },
            { key: 'topics', label: t('devices.topics'), children: <TopicList device={device} /> },
            {
              key: 'properties',
              label: t('devices.properties'),
              children: <Properties productKey={key} name={name} />,
            },
            {
              key: 'messages',
              label: t('devices.messages'),
              children: <MessageTable of={at} empty={t('devices.noMessages')} />,
            },
            { key: 'shadow', label: t('devices.shadow'), children: <Shadow productKey={key} name={name} /> },
          ]}
        />
      </div>
    </>
  );
}
