// A device in the browser: MQTT 3.1.1 over WebSocket, as much of it as a device needs.
// MQTT 3.1.1, sections 2 and 3.
const text = new TextEncoder();

export interface Received {
  topic: string;
  payload: Uint8Array;
  qos: number;
  duplicate: boolean;
}

export interface Events {
  connected(sessionPresent: boolean): void;
  refused(code: number): void;
  subscribed(topic: string, granted: number): void;
  published(topic: string): void; // Acknowledged, or handed to the socket at QoS 0.
  received(message: Received): void;
  closed(wasConnected: boolean): void;
}

const type = { connect: 1, connack: 2, publish: 3, puback: 4, subscribe: 8, suback: 9, ping: 12, disconnect: 14 };

function word(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function field(value: string | Uint8Array): number[] {
  const bytes = typeof value === 'string' ? text.encode(value) : value;
  return [...word(bytes.length), ...bytes];
}

export function packet(kind: number, flags: number, body: number[] | Uint8Array): Uint8Array<ArrayBuffer> {
  const size: number[] = [];
  let left = body.length;
  do {
    size.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  const made = new Uint8Array(1 + size.length + body.length);
  made.set([(kind << 4) | flags, ...size]);
  made.set(body, 1 + size.length);
  return made;
}

// Takes bytes as they come and gives whole packets.
export class Packets {
  private bytes = new Uint8Array();
  add(more: Uint8Array): { kind: number; flags: number; body: Uint8Array }[] {
    const all = new Uint8Array(this.bytes.length + more.length);
    all.set(this.bytes);
    all.set(more, this.bytes.length);
    const packets = [];
    let at = 0;
    for (;;) {
      let size = 0;
      let place = 1;
      let shift = 0;
      let next: number | undefined;
      do {
        next = all[at + place++];
        size |= ((next ?? 0) & 0x7f) << shift;
        shift += 7;
      } while (next !== undefined && next > 0x7f && shift < 28);
      if (next === undefined || all.length < at + place + size) break;
      const head = all[at] ?? 0;
      packets.push({ kind: head >> 4, flags: head & 15, body: all.slice(at + place, at + place + size) });
      at += place + size;
    }
    this.bytes = all.slice(at);
    return packets;
  }
}

async function hmacSha256(secret: string, content: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', text.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const made = new Uint8Array(await crypto.subtle.sign('HMAC', key, text.encode(content)));
  return Array.from(made, (b) => b.toString(16).padStart(2, '0')).join('');
}

export interface DeviceIdentity {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
}

// Client id, user name and password of a device: what its official SDKs send.
export async function credentials({ productKey, deviceName, deviceSecret }: DeviceIdentity) {
  const id = `${productKey}.${deviceName}`;
  const content = `clientId${id}deviceName${deviceName}productKey${productKey}`;
  return {
    clientId: `${id}|securemode=3,signmethod=hmacsha256|`,
    username: `${deviceName}&${productKey}`,
    password: await hmacSha256(deviceSecret, content),
  };
}

const keepAlive = 60;

export class MqttDevice {
  private socket: WebSocket | undefined;
  private packets = new Packets();
  private nextId = 0;
  private waiting = new Map<number, string>();
  private connected = false;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly events: Events) {}

  async connect(url: string, identity: DeviceIdentity, keep: boolean): Promise<void> {
    const { clientId, username, password } = await credentials(identity);
    const socket = new WebSocket(url, 'mqtt');
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () =>
      this.send(
        packet(type.connect, 0, [
          ...field('MQTT'),
          4,
          0xc0 | (keep ? 0 : 2),
          ...word(keepAlive),
          ...field(clientId),
          ...field(username),
          ...field(password),
        ]),
      );
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) =>
      this.packets.add(new Uint8Array(data)).forEach((each) => this.take(each.kind, each.flags, each.body));
    socket.onclose = () => {
      clearInterval(this.timer);
      this.events.closed(this.connected);
      this.connected = false;
    };
  }

  subscribe(topic: string, qos: number): void {
    const id = this.id(topic);
    this.send(packet(type.subscribe, 2, [...word(id), ...field(topic), qos]));
  }

  publish(topic: string, payload: string, qos: number): void {
    const body = text.encode(payload);
    const head = [...field(topic), ...(qos > 0 ? word(this.id(topic)) : [])];
    const all = new Uint8Array(head.length + body.length);
    all.set(head);
    all.set(body, head.length);
    this.send(packet(type.publish, qos << 1, all));
    if (qos === 0) this.events.published(topic);
  }

  close(): void {
    if (this.connected) this.send(packet(type.disconnect, 0, []));
    this.socket?.close();
  }

  private id(topic: string): number {
    this.nextId = (this.nextId % 0xffff) + 1;
    this.waiting.set(this.nextId, topic);
    return this.nextId;
  }

  private send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  private take(kind: number, flags: number, body: Uint8Array): void {
    const number = (at: number) => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
    const done = (id: number) => {
      const topic = this.waiting.get(id) ?? '';
      this.waiting.delete(id);
      return topic;
    };
    if (kind === type.connack) {
      if (body[1] !== 0) return this.events.refused(body[1] ?? 0);
      this.connected = true;
      this.timer = setInterval(() => this.send(packet(type.ping, 0, [])), (keepAlive * 1000) / 2);
      return this.events.connected((body[0] ?? 0) === 1);
    }
    if (kind === type.suback) return this.events.subscribed(done(number(0)), body[2] ?? 0x80);
    if (kind === type.puback) return this.events.published(done(number(0)));
    if (kind !== type.publish) return undefined;
    const qos = (flags >> 1) & 3;
    const end = 2 + number(0);
    const topic = new TextDecoder().decode(body.slice(2, end));
    if (qos === 1) this.send(packet(type.puback, 0, word(number(end))));
    return this.events.received({
      topic,
      payload: body.slice(end + (qos > 0 ? 2 : 0)),
      qos,
      duplicate: (flags & 8) !== 0,
    });
  }
}
