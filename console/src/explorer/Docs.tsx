// What the declaration of an operation says: parameters, the answer, errors.
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Catalogue, Field, Operation, Parameter } from '../api/catalogue';
import { Mark } from '../ui/parts';
import { bounds } from './form/bounds';

function Parameters({ parameters }: { parameters: Parameter[] }) {
  const { t, i18n } = useTranslation();
  return (
    <dl className="reference">
      {parameters.map((parameter) => {
        const { Name, Type, Required, Default, Allowed, Example, Own, Doc } = parameter;
        const limits = bounds(parameter, i18n.language);
        return (
          <div key={Name}>
            <dt>
              <code>{Name}</code> <span className="quiet">{Type}{limits && ` · ${t(`explorer.${limits.of}`, { text: limits.text })}`}</span>
              {Required && <Mark kind="warn">{t('explorer.required')}</Mark>}{Own && <Mark kind="good">{t('explorer.own')}</Mark>}
            </dt>
            <dd>
              {Doc}
              {Allowed && <div className="quiet">{t('explorer.allowed')}: {Allowed.map((each, i) => <span key={each}>{i > 0 && ', '}<code>{each}</code></span>)}</div>}
              {Default && <div className="quiet">{t('explorer.otherwise')}: <code>{Default}</code></div>}
              {Example && <div className="quiet">{t('explorer.example')}: <code>{Example}</code></div>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

// Fields of fields stand further in.
function Fields({ fields }: { fields: Field[] }) {
  const { t } = useTranslation();
  return (
    <dl className="reference">
      {fields.map(({ Name, Type, Doc, Own, Members }) => (
        <div key={Name}>
          <dt><code>{Name}</code> <span className="quiet">{Type}</span>{Own && <Mark kind="good">{t('explorer.own')}</Mark>}</dt>
          <dd>{Doc}{Members && <Fields fields={Members} />}</dd>
        </div>
      ))}
    </dl>
  );
}

// What every answer has beside what the operation declares.
const common: Field[] = [
  { Name: 'RequestId', Type: 'String', Doc: 'The call, for support and the audit log.' },
];
const ofPlatform: Field[] = [
  { Name: 'Success', Type: 'Boolean', Doc: 'Whether the call did what it was to do.' },
  { Name: 'Code', Type: 'String', Doc: 'Of a call that failed: its error.' },
  { Name: 'ErrorMessage', Type: 'String', Doc: 'Of a call that failed: the error in words.' },
];

function Errors({ codes, catalogue }: { codes: string[]; catalogue: Catalogue }) {
  const advice = new Map(catalogue.errors.map(({ Code, Advice }) => [Code, Advice]));
  return (
    <dl className="reference">
      {[...new Set(codes)].map((code) => (
        <div key={code}>
          <dt><Link href={`/errors/${encodeURIComponent(code)}`}><code>{code.replace('{}', '…')}</code></Link></dt>
          <dd className="quiet">{advice.get(code)}</dd>
        </div>
      ))}
    </dl>
  );
}

export default function Docs({ operation, catalogue }: { operation: Operation; catalogue: Catalogue }) {
  const { t } = useTranslation();
  const { Action, Product, Version, CallsPerSecond, Open, Parameters: parameters, Answer, Errors: errors } = operation;
  // Some operations declare a field of them by themselves.
  const own = new Set(Answer.map(({ Name }) => Name));
  const answer = [...[...common, ...(Product === 'Iot' ? ofPlatform : [])].filter(({ Name }) => !own.has(Name)), ...Answer];
  return (
    <>
      <dl className="facts">
        <dt>{t('explorer.action')}</dt><dd><code>{Open ? '–' : Action}</code></dd>
        <dt>{t('explorer.version')}</dt><dd>{Product} {Version}</dd>
        {!Open && <><dt>{t('explorer.rate')}</dt><dd>{t('explorer.perSecond', { count: CallsPerSecond })}</dd></>}
      </dl>
      <h2>{t('explorer.params')}</h2>
      {parameters.length > 0 ? <Parameters parameters={parameters} /> : <p className="quiet">{t('explorer.noParams')}</p>}
      <h2>{t('explorer.answer')}</h2>
      <Fields fields={answer} />
      <h2>{t('explorer.errors')}</h2>
      {errors.length > 0 && <Errors codes={errors} catalogue={catalogue} />}
      <p>{t('explorer.anyError')} <Link href="/errors">{t('errors.title')}</Link></p>
    </>
  );
}
