import { useQuery } from '@tanstack/react-query';
import { Input, Select, Skeleton, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import { call } from '../api/call';
import { product as readProduct, topics as readTopics, type Product as Data, type Topic } from '../api/platform';
import FormButton from '../ui/FormButton';
import {
  Copyable,
  DangerButton,
  EmptyState,
  ErrorNotice,
  Facts,
  Mark,
  PageHead,
  Secret,
  useChange,
  When,
} from '../ui/parts';
import PageTabs from '../ui/tabs';
import DeviceList from './DeviceList';
import { ThingModel } from './ThingData';

function Information({ product }: { product: Data }) {
  const { t } = useTranslation();
  return (
    <Facts
      facts={[
        [t('products.key'), <Copyable text={product.ProductKey} />],
        [
          t('products.secret'),
          product.ProductSecret ? <Secret text={product.ProductSecret} label={t('products.secret')} /> : null,
        ],
        [t('products.nodeType'), t(product.NodeType === 1 ? 'products.gateway' : 'products.device')],
        [t('products.count'), product.DeviceCount.toLocaleString()],
        [t('common.description'), product.Description],
        [t('common.created'), <When at={product.GmtCreate} />],
      ]}
    />
  );
}

function TopicForm({ productKey, topic }: { productKey: string; topic?: Topic }) {
  const { t } = useTranslation();
  const suffix = topic?.TopicShortName.split('/user/')[1];
  return (
    <FormButton
      title={t(topic ? 'common.edit' : 'topics.create')}
      {...(topic ? { size: 'small' as const } : {})}
      fields={[
        {
          name: 'TopicShortName',
          label: t('topics.short'),
          help: t('topics.shortHelp'),
          required: true,
          initial: suffix,
          input: <Input prefix={<span className="quiet">/user/</span>} autoComplete="off" />,
        },
        {
          name: 'Operation',
          label: t('topics.operation'),
          initial: topic?.Operation ?? 'SUB',
          required: true,
          input: <Select options={['SUB', 'PUB', 'ALL'].map((value) => ({ value, label: t(`topics.${value}`) }))} />,
        },
        { name: 'Desc', label: t('common.description'), initial: topic?.Desc, input: <Input maxLength={100} /> },
      ]}
      submit={(values) =>
        topic
          ? call('UpdateProductTopic', { TopicId: topic.Id, ...values })
          : call('CreateProductTopic', { ProductKey: productKey, ...values })
      }
    />
  );
}

function TopicCategories({ productKey }: { productKey: string }) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['topics', productKey], queryFn: () => readTopics(productKey) });
  const remove = useChange((topic: Topic) => call('DeleteProductTopic', { TopicId: topic.Id }));
  if (query.error) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <div className="tools">
        <TopicForm productKey={productKey} />
      </div>
      <Table<Topic>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey="Id"
        pagination={false}
        size="middle"
        locale={{ emptyText: <EmptyState words={t('topics.empty')} /> }}
        columns={[
          {
            title: t('topics.topic'),
            render: (_, { TopicShortName, Operation }) => (
              <>
                <Copyable text={TopicShortName} />
                <div className="phone-only quiet">{t(`topics.${Operation}`)}</div>
              </>
            ),
          },
          {
            title: t('topics.operation'),
            responsive: ['md'],
            render: (_, { Operation }) => <Mark>{t(`topics.${Operation}`)}</Mark>,
          },
          { title: t('common.description'), dataIndex: 'Desc', responsive: ['md'] },
          {
            title: t('common.actions'),
            className: 'whole',
            render: (_, topic) => (
              <>
                <TopicForm productKey={productKey} topic={topic} />
                <DangerButton
                  size="small"
                  ask={t('topics.deleteAsk')}
                  words={t('common.delete')}
                  onConfirm={() => remove.mutateAsync(topic)}
                />
              </>
            ),
          },
        ]}
      />
    </>
  );
}

export default function Product() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const [, go] = useLocation();
  const query = useQuery({ queryKey: ['product', key], queryFn: () => readProduct(key) });
  const remove = useChange(
    () => call('DeleteProduct', { ProductKey: key }),
    () => go('/products'),
  );
  const up: [string, string] = ['/products', t('products.title')];
  if (query.error)
    return (
      <>
        <PageHead title={key} up={up} />
        <ErrorNotice error={query.error} />
      </>
    );
  if (!query.data) return <Skeleton active />;
  const product = query.data;
  return (
    <>
      <PageHead title={product.ProductName} up={up}>
        <FormButton
          title={t('common.edit')}
          primary={false}
          fields={[
            {
              name: 'ProductName',
              label: t('products.name'),
              help: t('products.nameRule'),
              required: true,
              initial: product.ProductName,
            },
            { name: 'Description', label: t('common.description'), initial: product.Description },
          ]}
          submit={(values) => call('UpdateProduct', { ProductKey: key, ...values })}
        />
        <DangerButton
          ask={t('products.deleteAsk')}
          words={t('common.delete')}
          onConfirm={() => remove.mutateAsync(undefined)}
        />
      </PageHead>
      <div className="card">
        <PageTabs
          tabs={[
            { key: 'info', label: t('products.info'), children: <Information product={product} /> },
            { key: 'topics', label: t('products.topics'), children: <TopicCategories productKey={key} /> },
            { key: 'model', label: t('products.model'), children: <ThingModel productKey={key} /> },
            { key: 'devices', label: t('products.devices'), children: <DeviceList productKey={key} /> },
          ]}
        />
      </div>
    </>
  );
}
