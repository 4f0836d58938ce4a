import { Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { call } from '../api/call';
import { products, type Product } from '../api/platform';
import DataTable from '../ui/DataTable';
import FormButton from '../ui/FormButton';
import { Copyable, EmptyState, PageHead, When } from '../ui/parts';

function Create() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return (
    <FormButton
      title={t('products.create')}
      fields={[
        {
          name: 'ProductName',
          label: t('products.name'),
          help: t('products.nameRule'),
          required: true,
          input: <Input autoComplete="off" maxLength={30} />,
        },
        {
          name: 'NodeType',
          label: t('products.nodeType'),
          initial: 0,
          input: (
            <Radio.Group
              options={[
                { value: 0, label: t('products.device') },
                { value: 1, label: t('products.gateway') },
              ]}
            />
          ),
        },
        {
          name: 'Description',
          label: t('common.description'),
          input: <Input.TextArea maxLength={100} showCount rows={2} />,
        },
      ]}
      submit={async (values) => {
        const made = await call<{ ProductKey: string }>('CreateProduct', values);
        go(`/products/${made.ProductKey}?tab=topics`);
      }}
    />
  );
}

export default function Products() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('products.title')}>
        <Create />
      </PageHead>
      <div className="card">
        <DataTable<Product>
          name={['products']}
          load={products}
          rowKey={({ ProductKey }) => ProductKey}
          empty={<EmptyState words={t('products.empty')} />}
          columns={[
            {
              title: t('products.name'),
              render: (_, { ProductKey, ProductName }) => <Link href={`/products/${ProductKey}`}>{ProductName}</Link>,
            },
            { title: t('products.key'), render: (_, { ProductKey }) => <Copyable text={ProductKey} /> },
            {
              title: t('products.nodeType'),
              responsive: ['md'],
              render: (_, { NodeType }) => t(NodeType === 1 ? 'products.gateway' : 'products.device'),
            },
            {
              title: t('products.count'),
              align: 'right',
              className: 'number',
              render: (_, { DeviceCount }) => DeviceCount.toLocaleString(),
            },
            { title: t('common.created'), responsive: ['lg'], render: (_, { GmtCreate }) => <When at={GmtCreate} /> },
          ]}
        />
      </div>
    </>
  );
}
