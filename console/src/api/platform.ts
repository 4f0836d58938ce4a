// What pages read of the platform, by the operations that any application has.
import { call, type Params } from './call';
import type { Part } from '../ui/DataTable';
import type { Totals } from '../ui/Outcomes';

export interface Product {
  ProductKey: string;
  ProductName: string;
  NodeType: number;
  DataFormat: number;
  Description?: string;
  DeviceCount: number;
  GmtCreate: number;
  AuthType?: string;
  ProductSecret?: string;
}
export interface Topic {
  Id: string;
  TopicShortName: string;
  Operation: 'PUB' | 'SUB' | 'ALL';
  Desc?: string;
}
export interface Device {
  ProductKey: string;
  DeviceName: string;
  IotId: string;
  Nickname?: string;
  DeviceStatus?: string;
  Status?: string;
  UtcCreate: string;
  DeviceSecret?: string;
}
export interface DeviceDetail extends Device {
  ProductName: string;
  IpAddress?: string;
  UtcActive?: string;
  UtcOnline?: string;
  Region?: string;
}
export interface MessageSummary {
  MessageId: string;
  ProductKey: string;
  Topic: string;
  DeviceName?: string;
  Qos: number;
  UtcCreate: string;
  PayloadBytes: number;
  FromDevice: boolean;
  Totals?: Totals;
}
export interface Receipt {
  DeviceName?: string;
  State: string;
  Reason?: string;
  Time?: string;
}
export interface Receipts {
  MessageId: string;
  PublishRequestId: string;
  ProductKey: string;
  Topic: string;
  Qos: number;
  UtcCreate: string;
  UtcDeadline: string;
  Totals: Totals;
  Receipts: { Receipt: Receipt[] };
}
export interface Group {
  GroupName: string;
  GroupId: string;
  GroupDesc?: string;
  UtcCreate: string;
}

export async function products(page: number, size: number): Promise<Part<Product>> {
  const { Data } = await call<{ Data: { Total: number; List: { ProductInfo?: Product[] } } }>('QueryProductList', {
    CurrentPage: page,
    PageSize: size,
  });
  return { rows: Data.List.ProductInfo ?? [], total: Data.Total };
}

export async function product(key: string): Promise<Product> {
  return (await call<{ Data: Product }>('QueryProduct', { ProductKey: key })).Data;
}

const operations = ['PUB', 'SUB', 'ALL'] as const;

export async function topics(key: string): Promise<Topic[]> {
  const { Data } = await call<{ Data: { ProductTopicInfo?: (Omit<Topic, 'Operation'> & { Operation: string })[] } }>(
    'QueryProductTopic',
    { ProductKey: key },
  );
  // Words go in, and numbers come out.
  return (Data.ProductTopicInfo ?? []).map((each) => ({
    ...each,
    Operation: operations[Number(each.Operation)] ?? (each.Operation as Topic['Operation']),
  }));
}

// `status` as QueryDeviceByStatus counts them; none: all.
export async function devices(
  key: string,
  status: number | undefined,
  page: number,
  size: number,
): Promise<Part<Device>> {
  const at = { ProductKey: key, CurrentPage: page, PageSize: size };
  if (status === undefined) {
    const { Data, Total } = await call<{ Total: number; Data: { DeviceInfo?: Device[] } }>('QueryDevice', at);
    return { rows: Data.DeviceInfo ?? [], total: Total };
  }
  const { Data, Total } = await call<{ Total: number; Data: { SimpleDeviceInfo?: Device[] } }>('QueryDeviceByStatus', {
    ...at,
    Status: status,
  });
  return { rows: Data.SimpleDeviceInfo ?? [], total: Total };
}

export async function device(key: string, name: string): Promise<DeviceDetail> {
  return (await call<{ Data: DeviceDetail }>('QueryDeviceDetail', { ProductKey: key, DeviceName: name })).Data;
}

export async function deviceStatistics(
  key?: string,
): Promise<{ deviceCount: number; activeCount: number; onlineCount: number }> {
  return (
    await call<{ Data: { deviceCount: number; activeCount: number; onlineCount: number } }>('QueryDeviceStatistics', {
      ProductKey: key,
    })
  ).Data;
}

export async function messages(of: Params, page: number, size: number): Promise<Part<MessageSummary>> {
  const { Data, Total } = await call<{ Total: number; Data: { MessageInfo?: MessageSummary[] } }>('QueryMessageList', {
    ...of,
    CurrentPage: page,
    PageSize: size,
  });
  return { rows: Data.MessageInfo ?? [], total: Total };
}

export async function receipts(of: Params, page: number, size: number): Promise<Receipts & { total: number }> {
  const { Data, Total } = await call<{ Total: number; Data: Receipts }>('QueryMessageReceipts', {
    ...of,
    CurrentPage: page,
    PageSize: size,
  });
  return { ...Data, total: Total };
}

export interface Server {
  MqttPort: number;
  Version: string;
}
export async function server(): Promise<Server> {
  return (await fetch('/console/server.json')).json() as Promise<Server>;
}
