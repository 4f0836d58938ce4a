import { Tabs } from 'antd';
import type { ReactNode } from 'react';
import { useLocation, useSearchParams } from 'wouter';

// Tabs that the address names, so that links lead to them.
export default function PageTabs({ tabs }: { tabs: { key: string; label: string; children: ReactNode }[] }) {
  const [params] = useSearchParams();
  const [path, go] = useLocation();
  return (
    <Tabs
      activeKey={params.get('tab') ?? tabs[0]?.key ?? ''}
      items={tabs}
      destroyOnHidden
      onChange={(key) => go(`${path}?tab=${key}`, { replace: true })}
    />
  );
}
