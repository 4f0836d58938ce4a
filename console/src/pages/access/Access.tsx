import { useTranslation } from 'react-i18next';
import { PageHead } from '../../ui/parts';
import PageTabs from '../../ui/tabs';
import Policies from './Policies';
import Roles from './Roles';
import Users from './Users';

export default function Access() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('access.title')} />
      <div className="card">
        <PageTabs
          tabs={[
            { key: 'users', label: t('access.users'), children: <Users /> },
            { key: 'policies', label: t('access.policies'), children: <Policies /> },
            { key: 'roles', label: t('access.roles'), children: <Roles /> },
          ]}
        />
      </div>
    </>
  );
}
