import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Drawer, Input, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/call';
import { useSession } from '../../session';
import FormButton from '../../ui/FormButton';
import { DangerButton, EmptyState, ErrorNotice, useChange, When } from '../../ui/parts';
import Attached from './Attached';
import Keys from './Keys';
import { users, type User } from './ram';

// Of one user: signing in, policies and keys.
function UserPanel({ user }: { user: User }) {
  const { t } = useTranslation();
  const session = useSession();
  const login = `${user.UserName}@${session?.account}`;
  return (
    <>
      <p className="quiet">{t('access.passwordSet', { name: login })}</p>
      <FormButton
        title={t('access.setPassword')}
        primary={false}
        fields={[
          {
            name: 'Password',
            label: t('access.password'),
            required: true,
            input: <Input.Password autoComplete="new-password" />,
          },
          {
            name: 'PasswordResetRequired',
            label: '',
            checkbox: true,
            initial: true,
            input: <Checkbox>{t('access.reset')}</Checkbox>,
          },
        ]}
        submit={async (values) => {
          const set = { UserName: user.UserName, ...values };
          try {
            return await call('CreateLoginProfile', set);
          } catch (error) {
            if ((error as { code?: string }).code !== 'EntityAlreadyExists.User.LoginProfile') throw error;
            return call('UpdateLoginProfile', set);
          }
        }}
      />
      <h2 style={{ fontSize: 15 }}>{t('access.policies')}</h2>
      <Attached kind="User" name={user.UserName} />
      <h2 style={{ fontSize: 15 }}>{t('access.keys')}</h2>
      <Keys user={user.UserName} />
    </>
  );
}

export default function Users() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<User>();
  const query = useQuery({ queryKey: ['users'], queryFn: users });
  const remove = useChange((user: User) => call('DeleteUser', { UserName: user.UserName }));
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <>
      <div className="tools">
        <FormButton
          title={t('access.createUser')}
          fields={[
            { name: 'UserName', label: t('access.user'), required: true },
            { name: 'DisplayName', label: t('common.name') },
            { name: 'Comments', label: t('common.description') },
          ]}
          submit={(values) => call('CreateUser', values)}
        />
      </div>
      <Table<User>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey="UserName"
        size="middle"
        scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        locale={{ emptyText: <EmptyState words={t('access.usersEmpty')} /> }}
        columns={[
          {
            title: t('access.user'),
            render: (_, user) => (
              <Button type="link" size="small" onClick={() => setOpen(user)}>
                {user.UserName}
              </Button>
            ),
          },
          { title: t('common.name'), dataIndex: 'DisplayName', responsive: ['md'] },
          { title: t('common.description'), dataIndex: 'Comments', responsive: ['md'] },
          { title: t('common.created'), responsive: ['md'], render: (_, { CreateDate }) => <When at={CreateDate} /> },
          {
            title: t('common.actions'),
            render: (_, user) => (
              <DangerButton
                size="small"
                ask={t('access.deleteAsk', { name: user.UserName })}
                words={t('common.delete')}
                onConfirm={() => remove.mutateAsync(user)}
              />
            ),
          },
        ]}
      />
      <Drawer open={open !== undefined} onClose={() => setOpen(undefined)} title={open?.UserName} size={640}>
        {open && <UserPanel user={open} />}
      </Drawer>
    </>
  );
}
