import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { call, type Params } from '../../api/call';
import FormButton from '../../ui/FormButton';
import { Copyable, DangerButton, EmptyState, ErrorNotice, Facts, Mark, useChange, When } from '../../ui/parts';
import type { Key } from './ram';

// The AccessKeys of a user.
export default function Keys({ user }: { user: string }) {
  const { t } = useTranslation();
  const of: Params = { UserName: user };
  const query = useQuery({
    queryKey: ['keys', user],
    queryFn: async () =>
      (await call<{ AccessKeys: { AccessKey?: Key[] } }>('ListAccessKeys', of)).AccessKeys.AccessKey ?? [],
  });
  const set = useChange(({ key, Status }: { key: Key; Status: string }) =>
    call('UpdateAccessKey', { ...of, UserAccessKeyId: key.AccessKeyId, Status }),
  );
  const remove = useChange((key: Key) => call('DeleteAccessKey', { ...of, UserAccessKeyId: key.AccessKeyId }));
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <>
      <div className="tools">
        <FormButton
          title={t('access.createKey')}
          fields={[]}
          submit={async () => (await call<{ AccessKey: Key }>('CreateAccessKey', of)).AccessKey}
          result={(made) => {
            const key = made as Key;
            return (
              <>
                <Alert type="warning" showIcon title={t('access.keyMade')} style={{ marginBottom: 16 }} />
                <Facts
                  facts={[
                    ['AccessKeyId', <Copyable text={key.AccessKeyId} />],
                    ['AccessKeySecret', <Copyable text={key.AccessKeySecret ?? ''} />],
                  ]}
                />
              </>
            );
          }}
        />
      </div>
      <Table<Key>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey="AccessKeyId"
        pagination={false}
        size="middle"
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <EmptyState words={t('access.keysEmpty')} /> }}
        columns={[
          { title: 'AccessKeyId', render: (_, { AccessKeyId }) => <Copyable text={AccessKeyId} /> },
          {
            title: t('common.status'),
            render: (_, { Status }) => (
              <Mark kind={Status === 'Active' ? 'good' : 'plain'}>
                {t(Status === 'Active' ? 'access.active' : 'access.inactive')}
              </Mark>
            ),
          },
          { title: t('common.created'), render: (_, { CreateDate }) => <When at={CreateDate} /> },
          {
            title: t('common.actions'),
            render: (_, key) => (
              <>
                <Button
                  type="link"
                  size="small"
                  onClick={() => set.mutate({ key, Status: key.Status === 'Active' ? 'Inactive' : 'Active' })}
                >
                  {t(key.Status === 'Active' ? 'access.deactivate' : 'access.activate')}
                </Button>
                <DangerButton
                  size="small"
                  ask={t('access.deleteAsk', { name: key.AccessKeyId })}
                  words={t('common.delete')}
                  onConfirm={() => remove.mutateAsync(key)}
                />
              </>
            ),
          },
        ]}
      />
    </>
  );
}
