// The frame around the pages, which come one by one when they are looked at.
import {
  ApiOutlined, AppstoreOutlined, BugOutlined, DashboardOutlined, DeploymentUnitOutlined, GroupOutlined, HddOutlined,
  MailOutlined, MenuOutlined, SafetyOutlined, SettingOutlined, BulbOutlined, LogoutOutlined, TranslationOutlined,
} from '@ant-design/icons';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, Button, ConfigProvider, Drawer, Grid, Layout, Menu, Select, Skeleton, Space, Tooltip, theme as antTheme } from 'antd';
import { lazy, Suspense, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { ApiError } from './api/call';
import { choose } from './i18n';
import { keep, useSession } from './session';
import { toggleTheme, useTheme } from './theme';
import { useAntLocale } from './i18n/ant';
import './app.css';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      refetchOnWindowFocus: false,
      // What the server has understood and refused it refuses again.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);
const routes: [path: string, page: ComponentType][] = [
  ['/', page(() => import('./pages/Overview'))],
  ['/products', page(() => import('./pages/Products'))],
  ['/products/:key', page(() => import('./pages/Product'))],
  ['/products/:key/devices/:name', page(() => import('./pages/Device'))],
  ['/devices', page(() => import('./pages/Devices'))],
  ['/messages', page(() => import('./pages/Messages'))],
  ['/messages/:id', page(() => import('./pages/Message'))],
  ['/groups', page(() => import('./pages/Groups'))],
  ['/groups/:id', page(() => import('./pages/Group'))],
  ['/access', page(() => import('./pages/Access'))],
  ['/settings', page(() => import('./pages/Settings'))],
  ['/simulator', page(() => import('./pages/Simulator'))],
  ['/explorer', page(() => import('./explorer/Explorer'))],
  ['/explorer/:operation', page(() => import('./explorer/Explorer'))],
  ['/errors', page(() => import('./pages/Errors'))],
  ['/errors/:code', page(() => import('./pages/Errors'))],
];

const menu = [
  ['/', 'nav.overview', DashboardOutlined], ['/products', 'nav.products', AppstoreOutlined], ['/devices', 'nav.devices', HddOutlined],
  ['/groups', 'nav.groups', GroupOutlined], ['/messages', 'nav.messages', MailOutlined], ['/simulator', 'nav.simulator', DeploymentUnitOutlined],
  ['/explorer', 'nav.explorer', ApiOutlined], ['/errors', 'nav.errors', BugOutlined], ['/access', 'nav.access', SafetyOutlined], ['/settings', 'nav.settings', SettingOutlined],
] as const;

function Navigation({ onChoose }: { onChoose?: () => void }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const chosen = `/${location.split('/')[1] ?? ''}`;
  return (
    <nav aria-label={t('nav.main')}>
      <Link href="/" className="brand" onClick={onChoose}><img src="/console/icon.svg" alt="" />Herald</Link>
      <Menu mode="inline" selectedKeys={[chosen]} onClick={onChoose}
        items={menu.map(([path, name, Icon]) => ({ key: path, icon: <Icon />, label: <Link href={path}>{t(name)}</Link> }))} />
    </nav>
  );
}

function InstanceChoice() {
  const { t } = useTranslation();
  const session = useSession();
  if (!session || session.instances.length === 0) return null;
  return (
    <Select aria-label={t('shell.instance')} value={session.instance} popupMatchSelectWidth={false} className="instance"
      onChange={(instance) => { keep({ ...session, instance }); queries.clear(); }}
      options={session.instances.map(({ IotInstanceId, InstanceName }) => ({
        value: IotInstanceId, label: IotInstanceId ? `${InstanceName ? `${InstanceName} · ` : ''}${IotInstanceId}` : t('shell.publicInstance'),
      }))} />
  );
}

function Header({ onMenu }: { onMenu?: () => void }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const who = session && (session.user ? `${session.user}@${session.account}` : session.account);
  return (
    <Layout.Header className="top">
      {onMenu && <Button type="text" icon={<MenuOutlined />} aria-label={t('shell.menu')} onClick={onMenu} />}
      <InstanceChoice />
      <span className="grow" />
      <Space size={4}>
        <Button type="text" icon={<TranslationOutlined />} onClick={() => choose(i18n.language === 'zh' ? 'en' : 'zh')}>{t('shell.language')}</Button>
        <Tooltip title={t('shell.theme')}><Button type="text" icon={<BulbOutlined />} aria-label={t('shell.theme')} onClick={toggleTheme} /></Tooltip>
        {session && (
          <>
            <span className="who" title={who ?? ''}>{who}</span>
            <Tooltip title={t('shell.signOut')}>
              <Button type="text" icon={<LogoutOutlined />} aria-label={t('shell.signOut')} onClick={() => { keep(null); queries.clear(); }} />
            </Tooltip>
          </>
        )}
      </Space>
    </Layout.Header>
  );
}

function Pages() {
  const session = useSession();
  return (
    <Suspense fallback={<Skeleton active />}>
      <Switch>
        {routes.filter(([path]) => session || path.startsWith('/errors')).map(([path, Page]) => <Route key={path} path={path} component={Page} />)}
        <Route><Redirect to="/" /></Route>
      </Switch>
    </Suspense>
  );
}

function Frame() {
  const wide = Grid.useBreakpoint().lg !== false;
  const [open, setOpen] = useState(false);
  const session = useSession();
  return (
    <Layout className="frame">
      {wide && session && <Layout.Sider width={216} className="side"><Navigation /></Layout.Sider>}
      {!wide && session && (
        <Drawer open={open} placement="left" size={248} onClose={() => setOpen(false)} closable={false} styles={{ body: { padding: 0 } }}>
          <Navigation onChoose={() => setOpen(false)} />
        </Drawer>
      )}
      <Layout className="inner">
        <Header {...(wide || !session ? {} : { onMenu: () => setOpen(true) })} />
        <Layout.Content className="content" role="main"><Pages /></Layout.Content>
      </Layout>
    </Layout>
  );
}

export default function App() {
  const dark = useTheme() === 'dark';
  const locale = useAntLocale();
  return (
    <ConfigProvider csp={{ nonce }} {...(locale ? { locale } : {})}
      theme={{
        algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
        token: {
          colorPrimary: dark ? '#4bc2b4' : '#0b6e69', colorLink: dark ? '#5fd0c2' : '#0b6e69', borderRadius: 8, fontSize: 14,
          colorTextDescription: dark ? '#9fabb7' : '#586674', colorTextTertiary: dark ? '#9fabb7' : '#586674', colorTextPlaceholder: dark ? '#8d99a6' : '#687684',
          fontFamily: 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif',
        },
        components: { Layout: { siderBg: 'var(--paper)', headerBg: 'var(--paper)', bodyBg: 'var(--shade)' }, Menu: { itemBg: 'transparent', subMenuItemBg: 'transparent' }, Button: { primaryColor: dark ? '#06201e' : '#fff' } },
      }}>
      <AntApp>
        <QueryClientProvider client={queries}><Frame /></QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
