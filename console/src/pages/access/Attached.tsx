import { useQuery } from '@tanstack/react-query';
import { Select, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/call';
import FormButton from '../../ui/FormButton';
import { DangerButton, ErrorNotice, useChange } from '../../ui/parts';
import { policies, type Policy } from './ram';

// The policies of a user or a role.
export default function Attached({ kind, name }: { kind: 'User' | 'Role'; name: string }) {
  const { t } = useTranslation();
  const of = { [`${kind}Name`]: name };
  const query = useQuery({
    queryKey: ['attached', kind, name],
    queryFn: async () =>
      (await call<{ Policies: { Policy?: Policy[] } }>(`ListPoliciesFor${kind}`, of)).Policies.Policy ?? [],
  });
  const known = useQuery({ queryKey: ['policies'], queryFn: policies });
  const detach = useChange((policy: Policy) =>
    call(`DetachPolicyFrom${kind}`, { ...of, PolicyType: policy.PolicyType, PolicyName: policy.PolicyName }),
  );
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <>
      <div className="tools">
        <FormButton
          title={t('access.attach')}
          primary={false}
          fields={[
            {
              name: 'policy',
              label: t('access.policy'),
              required: true,
              input: (
                <Select
                  showSearch
                  options={(known.data ?? []).map(({ PolicyName, PolicyType, Description }) => ({
                    value: `${PolicyType}/${PolicyName}`,
                    label: `${PolicyName}${Description ? ` — ${Description}` : ''}`,
                  }))}
                />
              ),
            },
          ]}
          submit={({ policy }) => {
            const [PolicyType, PolicyName] = String(policy).split('/');
            return call(`AttachPolicyTo${kind}`, { ...of, PolicyType, PolicyName });
          }}
        />
      </div>
      <Table<Policy>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey="PolicyName"
        pagination={false}
        size="small"
        locale={{ emptyText: t('common.none') }}
        columns={[
          { title: t('access.policy'), dataIndex: 'PolicyName' },
          { title: t('access.type'), responsive: ['sm'], render: (_, { PolicyType }) => t(`access.${PolicyType}`) },
          {
            title: '',
            render: (_, policy) => (
              <DangerButton
                size="small"
                ask={`${t('access.detach')}: ${policy.PolicyName}`}
                words={t('access.detach')}
                onConfirm={() => detach.mutateAsync(policy)}
              />
            ),
          },
        ]}
      />
    </>
  );
}
