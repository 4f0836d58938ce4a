// Thing models, properties and shadows, where the server has their operations.
import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCatalogue } from '../api/catalogue';
import { ApiError, call, type Body, type Params } from '../api/call';
import { EmptyState, ErrorNotice } from '../ui/parts';

// What an operation answers, as it answers it.
function Answer({ operation, params, empty, pick }: { operation: string; params: Params; empty: string; pick: (body: Body) => unknown }) {
  const { t } = useTranslation();
  const catalogue = useCatalogue();
  const built = catalogue.data?.byName.has(operation);
  const query = useQuery({ queryKey: [operation, params], queryFn: async () => pick(await call(operation, params)) ?? null, enabled: built === true, refetchInterval: 5_000 });
  if (built === false) return <EmptyState words={t('devices.notBuilt', { operation })} />;
  if (query.error instanceof ApiError && !query.error.denied && query.error.status === 200) return <EmptyState words={empty} />;
  if (query.error) return <ErrorNotice error={query.error} />;
  if (query.isPending) return <Skeleton active />;
  const made = query.data;
  const text = typeof made === 'string' ? pretty(made) : made === null ? '' : JSON.stringify(made, null, 2);
  if (!text || text === '{}' || text === '[]') return <EmptyState words={empty} />;
  return <pre className="text" tabIndex={0}>{text}</pre>;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const inData = (name: string) => (body: Body) => (body.Data as Body | undefined)?.[name];

export function ThingModel({ productKey }: { productKey: string }) {
  const { t } = useTranslation();
  return <Answer operation="QueryThingModel" params={{ ProductKey: productKey }} empty={t('products.modelEmpty')} pick={inData('ThingModelJson')} />;
}

export function Properties({ productKey, name }: { productKey: string; name: string }) {
  const { t } = useTranslation();
  return <Answer operation="QueryDevicePropertyStatus" params={{ ProductKey: productKey, DeviceName: name }} empty={t('devices.noData')} pick={inData('List')} />;
}

export function Shadow({ productKey, name }: { productKey: string; name: string }) {
  const { t } = useTranslation();
  return <Answer operation="GetDeviceShadow" params={{ ProductKey: productKey, DeviceName: name }} empty={t('devices.noData')} pick={(body) => body.ShadowMessage} />;
}
