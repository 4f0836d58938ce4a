import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../api/catalogue';
import { timestamp, type Pairs } from '../../api/signature';
import { useSession } from '../../session';
import Compare from './Compare';
import V1 from './V1';
import V3 from './V3';

type Scheme = 'v1' | 'v3';

export default function Signature({ operation, params }: { operation: Operation; params: Pairs }) {
  const { t } = useTranslation();
  const who = useSession();
  const [scheme, setScheme] = useState<Scheme>('v3');
  // The same moment and nonce while one looks at it.
  const [moment] = useState(() => ({ date: timestamp(), nonce: crypto.randomUUID() }));
  const Steps = scheme === 'v1' ? V1 : V3;
  return (
    <>
      <Segmented<Scheme> value={scheme} onChange={setScheme} options={[{ value: 'v3', label: t('signature.v3') }, { value: 'v1', label: t('signature.v1') }]} />
      <p className="quiet help">{t('signature.secretHint')}</p>
      {who && <Steps action={operation.Name} version={operation.Version} params={params} who={who} {...moment} />}
      <Compare />
    </>
  );
}
