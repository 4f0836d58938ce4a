import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { PageHead } from '../ui/parts';
import MessageTable from './MessageTable';

export default function Messages() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return (
    <>
      <PageHead title={t('messages.title')}>
        <Input.Search
          placeholder={t('messages.find')}
          aria-label={t('messages.find')}
          onSearch={(id) => id.trim() && go(`/messages/${id.trim()}`)}
          className="find wide-find"
        />
      </PageHead>
      <div className="card">
        <MessageTable of={{}} />
      </div>
    </>
  );
}
