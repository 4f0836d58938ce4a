import { useTranslation } from 'react-i18next';
import { canonicalQuery, signV3, type Pairs } from '../../api/signature';
import type { Session } from '../../session';
import Step from './Step';
import { useSteps } from './useSteps';

export default function V3({ action, version, params, who, date, nonce }: {
  action: string; version: string; params: Pairs; who: Session; date: string; nonce: string;
}) {
  const { t } = useTranslation();
  const request = {
    method: 'POST', query: [], body: canonicalQuery(params),
    headers: {
      host: location.host, 'content-type': 'application/x-www-form-urlencoded', 'x-acs-action': action, 'x-acs-version': version,
      'x-acs-date': date, 'x-acs-signature-nonce': nonce, 'x-acs-security-token': who.token,
    },
  };
  const steps = useSteps(JSON.stringify(request), () => signV3(request, who.keyId, who.secret));
  if (!steps) return null;
  return (
    <ol className="signing">
      <Step title={t('signature.hashedBody')} help={t('signature.hashedBodyHelp')} text={steps.hashedBody} />
      <Step title={t('signature.canonicalRequest')} help={t('signature.canonicalRequestHelp')} text={steps.canonicalRequest} />
      <Step title={t('signature.stringToSign')} help={t('signature.v3ToSignHelp')} text={steps.stringToSign} />
      <Step title={t('signature.signature')} help={t('signature.v3Help')} text={steps.signature} />
      <Step title={t('signature.authorization')} text={steps.authorization} />
    </ol>
  );
}
