import { Skeleton } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearch } from 'wouter';
import { useCatalogue } from '../api/catalogue';
import { EmptyState, ErrorNotice, PageHead } from '../ui/parts';
import OperationMenu from './OperationMenu';
import OperationView from './OperationView';
import Welcome from './Welcome';
import './explorer.css';

export default function Explorer() {
  const { t } = useTranslation();
  const { operation: name } = useParams();
  const given = useSearch();
  const { data: catalogue, error } = useCatalogue();
  useEffect(() => {
    window.scrollTo(0, 0);  // Which answers something: not for React.
  }, [name]);
  if (error) return <ErrorNotice error={error} />;
  if (!catalogue) return <Skeleton active />;
  const operation = name ? catalogue.byName.get(name) : undefined;
  return (
    <>
      <PageHead title={t('explorer.title')} />
      <div className="explorer">
        <OperationMenu catalogue={catalogue} chosen={name} />
        {operation && <OperationView key={`${operation.Name}?${given}`} operation={operation} catalogue={catalogue} />}
        {!operation && name && <div className="card welcome"><EmptyState words={t('explorer.unknown', { name })} /></div>}
        {!name && <Welcome catalogue={catalogue} />}
      </div>
    </>
  );
}
