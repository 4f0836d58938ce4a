// What the pages of access read of RAM.
import { call } from '../../api/call';

export interface User {
  UserName: string;
  DisplayName?: string;
  Comments?: string;
  CreateDate: string;
}
export interface Role {
  RoleName: string;
  Arn: string;
  Description?: string;
  CreateDate: string;
}
export interface Policy {
  PolicyName: string;
  PolicyType: 'System' | 'Custom';
  Description?: string;
  AttachmentCount?: number;
  CreateDate?: string;
}
export interface Key {
  AccessKeyId: string;
  Status: 'Active' | 'Inactive';
  CreateDate: string;
  AccessKeySecret?: string;
}

// RAM's lists give markers instead of pages: all of an account, who has a thousand of each at most.
async function all<Row>(operation: string, pick: (body: Record<string, never>) => Row[] | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  let marker: string | undefined;
  do {
    const body = await call<{ IsTruncated?: boolean; Marker?: string }>(operation, { MaxItems: 1000, Marker: marker });
    rows.push(...(pick(body as Record<string, never>) ?? []));
    marker = body.IsTruncated ? body.Marker : undefined;
  } while (marker);
  return rows;
}

export const users = () => all<User>('ListUsers', ({ Users }: { Users?: { User?: User[] } }) => Users?.User);
export const roles = () => all<Role>('ListRoles', ({ Roles }: { Roles?: { Role?: Role[] } }) => Roles?.Role);
export const policies = () =>
  all<Policy>('ListPolicies', ({ Policies }: { Policies?: { Policy?: Policy[] } }) => Policies?.Policy);
