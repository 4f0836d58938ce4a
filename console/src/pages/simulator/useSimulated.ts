import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { device as readDevice, server } from '../../api/platform';
import { MqttDevice } from '../../mqtt/client';

export interface Entry {
  id: number;
  at: Date;
  what: string;
  topic?: string;
  text?: string;
  bad?: boolean;
}

const entriesMax = 500;
const shownBytes = 4096; // Of a payload.

// One device that this page is, while it shows it: its connection, and what happened, the newest first.
export function useSimulated(productKey: string | undefined, name: string | undefined) {
  const { t } = useTranslation();
  const about = useQuery({ queryKey: ['server'], queryFn: server, staleTime: Infinity });
  const [state, setState] = useState<'off' | 'connecting' | 'connected'>('off');
  const [entries, setEntries] = useState<Entry[]>([]);
  const [unreachable, setUnreachable] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const client = useRef<MqttDevice | undefined>(undefined);
  useEffect(() => () => client.current?.close(), [productKey, name]);

  const note = (entry: Omit<Entry, 'id' | 'at'>) =>
    setEntries((all) => [{ ...entry, id: (all[0]?.id ?? 0) + 1, at: new Date() }, ...all].slice(0, entriesMax));
  const refuse = (about: { topic?: string; text?: string }) => note({ what: t('simulator.refused'), bad: true, ...about });
  const own = (topic: string) => (topic.startsWith('/') ? topic : `/${productKey}/${name}/user/${topic}`);

  function begin(): MqttDevice {
    let answered = false;
    return new MqttDevice({
      connected: (present) => {
        answered = true;
        setState('connected');
        note({ what: t('simulator.connected'), text: present ? 'Session Present' : '' });
      },
      refused: (code) => {
        answered = true;
        refuse({ text: `CONNACK ${code}` });
      },
      subscribed: (topic, granted) => {
        if (granted > 2) refuse({ topic });
        else note({ what: t('simulator.subscribed'), topic, text: `QoS ${granted}` });
      },
      published: (topic) => note({ what: t('simulator.published'), topic }),
      received: ({ topic, payload, qos, duplicate }) => {
        const words = new TextDecoder().decode(payload.slice(0, shownBytes));
        note({ what: t('simulator.received'), topic, text: `${words}\nQoS ${qos}${duplicate ? ', DUP' : ''}` });
      },
      closed: (was) => {
        setState('off');
        if (was) note({ what: t('simulator.lost') });
        else setUnreachable(!answered);
      },
    });
  }

  // `keep`: its session, for the time when it is away.
  async function connect(keep: boolean) {
    if (!productKey || !name || !about.data) return;
    setUnreachable(false);
    setProblem(undefined);
    setState('connecting');
    try {
      const { DeviceSecret: deviceSecret = '' } = await readDevice(productKey, name);
      client.current = begin();
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
      const url = `${scheme}://${location.hostname}:${about.data.MqttPort}/`;
      await client.current.connect(url, { productKey, deviceName: name, deviceSecret }, keep);
    } catch (error) {
      setProblem(error);
      setState('off');
    }
  }

  return {
    state,
    entries,
    unreachable,
    problem,
    connect,
    disconnect: () => client.current?.close(),
    subscribe: (topic: string) => client.current?.subscribe(own(topic), 1),
    publish: (topic: string, payload: string) => client.current?.publish(own(topic), payload, 1),
  };
}
