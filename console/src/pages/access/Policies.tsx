import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Input, Skeleton, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/call';
import FormButton from '../../ui/FormButton';
import { DangerButton, EmptyState, ErrorNotice, useChange } from '../../ui/parts';
import { policies, type Policy } from './ram';

// A policy to begin with: reading, and publishing.
const beginning = JSON.stringify(
  { Version: '1', Statement: [{ Effect: 'Allow', Action: ['iot:Query*', 'iot:BatchPub'], Resource: '*' }] },
  null,
  2,
);

function Document({ policy }: { policy: Policy }) {
  const query = useQuery({
    queryKey: ['policy', policy.PolicyName],
    queryFn: async () =>
      (
        await call<{ DefaultPolicyVersion: { PolicyDocument: string } }>('GetPolicy', {
          PolicyType: policy.PolicyType,
          PolicyName: policy.PolicyName,
        })
      ).DefaultPolicyVersion.PolicyDocument,
  });
  if (query.error) return <ErrorNotice error={query.error} />;
  return query.data ? (
    <pre className="text" tabIndex={0}>
      {query.data}
    </pre>
  ) : (
    <Skeleton active />
  );
}

export default function Policies() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Policy>();
  const query = useQuery({ queryKey: ['policies'], queryFn: policies });
  const remove = useChange((policy: Policy) => call('DeletePolicy', { PolicyName: policy.PolicyName }));
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <>
      <div className="tools">
        <FormButton
          title={t('access.createPolicy')}
          fields={[
            { name: 'PolicyName', label: t('access.policy'), required: true },
            { name: 'Description', label: t('common.description') },
            {
              name: 'PolicyDocument',
              label: t('access.document'),
              required: true,
              initial: beginning,
              input: <Input.TextArea className="mono" rows={10} />,
            },
          ]}
          submit={(values) => call('CreatePolicy', values)}
        />
      </div>
      <Table<Policy>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey={({ PolicyType, PolicyName }) => `${PolicyType}/${PolicyName}`}
        size="middle"
        scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        locale={{ emptyText: <EmptyState words={t('access.policiesEmpty')} /> }}
        columns={[
          {
            title: t('access.policy'),
            render: (_, policy) => (
              <Button type="link" size="small" onClick={() => setOpen(policy)}>
                {policy.PolicyName}
              </Button>
            ),
          },
          { title: t('access.type'), responsive: ['sm'], render: (_, { PolicyType }) => t(`access.${PolicyType}`) },
          { title: t('common.description'), dataIndex: 'Description', responsive: ['md'] },
          {
            title: t('access.attached'),
            dataIndex: 'AttachmentCount',
            align: 'right',
            className: 'number',
            responsive: ['md'],
          },
          {
            title: t('common.actions'),
            render: (_, policy) =>
              policy.PolicyType === 'Custom' && (
                <DangerButton
                  size="small"
                  ask={t('access.deleteAsk', { name: policy.PolicyName })}
                  words={t('common.delete')}
                  onConfirm={() => remove.mutateAsync(policy)}
                />
              ),
          },
        ]}
      />
      <Drawer open={open !== undefined} onClose={() => setOpen(undefined)} title={open?.PolicyName} size={560}>
        {open && <Document policy={open} />}
      </Drawer>
    </>
  );
}
