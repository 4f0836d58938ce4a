// Thing models, properties and shadows, where the server has their operations.
import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useCatalogue } from '../api/catalogue';
import { ApiError, call, type Body, type Params } from '../api/call';
import { EmptyState, ErrorNotice } from '../ui/parts';

// What an operation answers, as it answers it.
function Answer({
  operation,
  params,
  empty,
  next,
  pick,
}: {
  operation: string;
  params: Params;
  empty: string;
  next: [path: string, words: string];
  pick: (body: Body) => unknown;
}) {
  const { t } = useTranslation();
  const nothing = (
    <EmptyState words={empty}>
      <Link href={next[0]}>{next[1]}</Link>
    </EmptyState>
  );
  const catalogue = useCatalogue();
  const built = catalogue.data?.byName.has(operation);
  const query = useQuery({
    queryKey: [operation, params],
    queryFn: async () => pick(await call(operation, params)) ?? null,
    enabled: built === true,
    refetchInterval: 5_000,
  });
  if (built === false) return <EmptyState words={t('devices.notBuilt', { operation })} />;
  if (query.error instanceof ApiError && !query.error.denied && query.error.status === 200) return nothing;
  if (query.error) return <ErrorNotice error={query.error} />;
  if (query.isPending) return <Skeleton active />;
  const made = query.data;
  const text = typeof made === 'string' ? pretty(made) : made === null ? '' : JSON.stringify(made, null, 2);
  if (!text || text === '{}' || text === '[]') return nothing;
  return (
    <pre className="text" tabIndex={0}>
      {text}
    </pre>
  );
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
  return (
    <Answer
      operation="QueryThingModel"
      params={{ ProductKey: productKey }}
      empty={t('products.modelEmpty')}
      next={[`/explorer/CreateThingModel?ProductKey=${productKey}`, t('products.modelMake')]}
      pick={inData('ThingModelJson')}
    />
  );
}

export function Properties({ productKey, name }: { productKey: string; name: string }) {
  const { t } = useTranslation();
  return (
    <Answer
      operation="QueryDevicePropertyStatus"
      params={{ ProductKey: productKey, DeviceName: name }}
      empty={t('devices.noData')}
      next={[`/simulator?product=${productKey}&device=${encodeURIComponent(name)}`, t('devices.simulate')]}
      pick={inData('List')}
    />
  );
}

// A device that has never had one answers an empty one of version 0.
const shadowOf = ({ ShadowMessage }: Body) => (/"version":\s*0\b/.test(String(ShadowMessage)) ? null : ShadowMessage);

export function Shadow({ productKey, name }: { productKey: string; name: string }) {
  const { t } = useTranslation();
  return (
    <Answer
      operation="GetDeviceShadow"
      params={{ ProductKey: productKey, DeviceName: name }}
      empty={t('devices.noShadow')}
      pick={shadowOf}
      next={['/explorer/UpdateDeviceShadow', 'UpdateDeviceShadow']}
    />
  );
}
