import { useTranslation } from 'react-i18next';
import { canonicalQuery, signV1, type Pairs } from '../../api/signature';
import type { Session } from '../../session';
import Step from './Step';
import { useSteps } from './useSteps';

export default function V1({ action, version, params, who, date, nonce }: {
  action: string; version: string; params: Pairs; who: Session; date: string; nonce: string;
}) {
  const { t } = useTranslation();
  const all: Pairs = [
    ...params, ['Action', action], ['Version', version], ['Format', 'JSON'], ['AccessKeyId', who.keyId], ['SecurityToken', who.token],
    ['SignatureMethod', 'HMAC-SHA1'], ['SignatureVersion', '1.0'], ['SignatureNonce', nonce], ['Timestamp', date],
  ];
  const steps = useSteps(JSON.stringify(all), () => signV1('POST', all, who.secret));
  if (!steps) return null;
  return (
    <ol className="signing">
      <Step title={t('signature.canonicalQuery')} help={t('signature.canonicalQueryHelp')} text={steps.canonicalQuery} />
      <Step title={t('signature.stringToSign')} help={t('signature.v1ToSignHelp')} text={steps.stringToSign} />
      <Step title={t('signature.signature')} help={t('signature.v1Help')} text={steps.signature} />
      <Step title={t('signature.send')} help={t('signature.v1SendHelp')} text={canonicalQuery([...all, ['Signature', steps.signature]])} />
    </ol>
  );
}
