import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Input, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/call';
import { useSession } from '../../session';
import FormButton from '../../ui/FormButton';
import { Copyable, DangerButton, EmptyState, ErrorNotice, useChange } from '../../ui/parts';
import Attached from './Attached';
import { roles, type Role } from './ram';

export default function Roles() {
  const { t } = useTranslation();
  const session = useSession();
  const [open, setOpen] = useState<Role>();
  const query = useQuery({ queryKey: ['roles'], queryFn: roles });
  const remove = useChange((role: Role) => call('DeleteRole', { RoleName: role.RoleName }));
  const trust = JSON.stringify(
    {
      Version: '1',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${session?.account}:root`] } },
      ],
    },
    null,
    2,
  );
  if (query.error) return <ErrorNotice error={query.error} />;
  return (
    <>
      <div className="tools">
        <FormButton
          title={t('access.createRole')}
          fields={[
            { name: 'RoleName', label: t('access.role'), required: true },
            { name: 'Description', label: t('common.description') },
            {
              name: 'AssumeRolePolicyDocument',
              label: t('access.trust'),
              required: true,
              initial: trust,
              input: <Input.TextArea className="mono" rows={10} />,
            },
          ]}
          submit={(values) => call('CreateRole', values)}
        />
      </div>
      <Table<Role>
        dataSource={query.data ?? []}
        loading={query.isPending}
        rowKey="RoleName"
        size="middle"
        scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        locale={{ emptyText: <EmptyState words={t('access.rolesEmpty')} /> }}
        columns={[
          {
            title: t('access.role'),
            render: (_, role) => (
              <Button type="link" size="small" onClick={() => setOpen(role)}>
                {role.RoleName}
              </Button>
            ),
          },
          { title: 'ARN', responsive: ['md'], render: (_, { Arn }) => <Copyable text={Arn} /> },
          { title: t('common.description'), dataIndex: 'Description', responsive: ['md'] },
          {
            title: t('common.actions'),
            render: (_, role) => (
              <DangerButton
                size="small"
                ask={t('access.deleteAsk', { name: role.RoleName })}
                words={t('common.delete')}
                onConfirm={() => remove.mutateAsync(role)}
              />
            ),
          },
        ]}
      />
      <Drawer open={open !== undefined} onClose={() => setOpen(undefined)} title={open?.RoleName} size={560}>
        {open && <Attached kind="Role" name={open.RoleName} />}
      </Drawer>
    </>
  );
}
