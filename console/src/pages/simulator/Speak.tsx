import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

interface Props {
  connected: boolean;
  subscribe: (topic: string) => void;
  publish: (topic: string, payload: string) => void;
  explorer: (topic: string) => string; // The address where the same topic is published to.
}

// What the device is told to do: topics are its own, unless they begin with a slash.
export default function Speak({ connected, subscribe, publish, explorer }: Props) {
  const { t } = useTranslation();
  const [down, setDown] = useState('get');
  const [up, setUp] = useState('update');
  const [payload, setPayload] = useState('{"power":"on"}');
  const topicOf = (what: string, topic: string, set: (topic: string) => void) => (
    <Input
      prefix={<span className="quiet">/user/</span>}
      aria-label={`${what}: ${t('simulator.topic')}`}
      value={topic}
      onChange={(e) => set(e.target.value)}
    />
  );
  return (
    <div>
      <section className="card column">
        <h2>{t('simulator.subscribe')}</h2>
        {topicOf(t('simulator.subscribe'), down, setDown)}
        <Button disabled={!connected || !down} onClick={() => subscribe(down)}>
          {t('simulator.subscribe')}
        </Button>
      </section>
      <section className="card column">
        <h2>{t('simulator.publish')}</h2>
        {topicOf(t('simulator.publish'), up, setUp)}
        <Input.TextArea
          aria-label={t('simulator.payload')}
          rows={3}
          value={payload}
          onChange={(e) => setPayload(e.target.value)}
        />
        <Button disabled={!connected || !up} onClick={() => publish(up, payload)}>
          {t('simulator.publish')}
        </Button>
      </section>
      {connected && (
        <p>
          <Link href={explorer(down)}>{t('simulator.next')}</Link>
        </p>
      )}
    </div>
  );
}
