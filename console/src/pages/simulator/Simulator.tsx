import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'wouter';
import { devices as readDevices } from '../../api/platform';
import { EmptyState, ErrorNotice, Mark, PageHead } from '../../ui/parts';
import { ProductPicker } from '../../ui/pickers';
import Log from './Log';
import Speak from './Speak';
import { useSimulated } from './useSimulated';

const words = { off: 'simulator.off', connecting: 'simulator.connecting', connected: 'simulator.connected' } as const;

export default function Simulator() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [, go] = useLocation();
  const productKey = params.get('product') ?? undefined;
  const name = params.get('device') ?? undefined;
  const choice = useQuery({
    queryKey: ['deviceChoice', productKey],
    queryFn: () => readDevices(productKey ?? '', undefined, 1, 50),
    enabled: Boolean(productKey),
  });
  const [keep, setKeep] = useState(true);
  const { state, entries, unreachable, problem, ...device } = useSimulated(productKey, name);
  const connected = state === 'connected';
  const names = new Set([...(name ? [name] : []), ...(choice.data?.rows ?? []).map(({ DeviceName }) => DeviceName)]);
  const explorer = (topic: string) => {
    const filled = { ProductKey: productKey ?? '', 'DeviceName.1': name ?? '', TopicShortName: topic, Qos: '1' };
    return `/explorer/BatchPub?${new URLSearchParams(filled)}`;
  };
  const mark = (
    <Mark kind={connected ? 'good' : 'plain'} role="status">
      {t(words[state])}
    </Mark>
  );
  return (
    <>
      <PageHead title={t('simulator.title')} sub={mark} />
      <p className="quiet">{t('simulator.intro')}</p>
      <section className="card">
        <div className="tools">
          <ProductPicker value={productKey} onChange={(key) => go(`/simulator?product=${key}`)} />
          <Select
            aria-label={t('devices.name')}
            placeholder={t('devices.name')}
            value={name ?? null}
            disabled={!productKey}
            showSearch
            className="pick"
            onChange={(next) => go(`/simulator?product=${productKey}&device=${encodeURIComponent(next ?? '')}`)}
            options={[...names].map((value) => ({ value, label: value }))}
          />
          <Checkbox checked={keep} onChange={(e) => setKeep(e.target.checked)}>
            {t('simulator.kept')}
          </Checkbox>
          {state === 'off' ? (
            <Button type="primary" disabled={!name} onClick={() => void device.connect(keep)}>
              {t('simulator.connect')}
            </Button>
          ) : (
            <Button onClick={device.disconnect}>{t('simulator.disconnect')}</Button>
          )}
        </div>
        {unreachable && <Alert type="error" showIcon title={t('simulator.failed')} />}
        {problem !== undefined && <ErrorNotice error={problem} />}
        {choice.data?.total === 0 && (
          <EmptyState words={t('devices.empty')}>
            <Link href={`/products/${productKey}?tab=devices`}>{t('devices.add')}</Link>
          </EmptyState>
        )}
      </section>
      <div className="cards two">
        <section className="card">
          <h2>{t('simulator.log')}</h2>
          <Log entries={entries} />
        </section>
        <Speak connected={connected} subscribe={device.subscribe} publish={device.publish} explorer={explorer} />
      </div>
    </>
  );
}
