// The frame around the pages, which come one by one when they are looked at.
import ApiOutlined from '@ant-design/icons/es/icons/ApiOutlined';
import AppstoreOutlined from '@ant-design/icons/es/icons/AppstoreOutlined';
import BugOutlined from '@ant-design/icons/es/icons/BugOutlined';
import DashboardOutlined from '@ant-design/icons/es/icons/DashboardOutlined';
import DeploymentUnitOutlined from '@ant-design/icons/es/icons/DeploymentUnitOutlined';
import GroupOutlined from '@ant-design/icons/es/icons/GroupOutlined';
import HddOutlined from '@ant-design/icons/es/icons/HddOutlined';
import MailOutlined from '@ant-design/icons/es/icons/MailOutlined';
import MenuOutlined from '@ant-design/icons/es/icons/MenuOutlined';
import SafetyOutlined from '@ant-design/icons/es/icons/SafetyOutlined';
import SettingOutlined from '@ant-design/icons/es/icons/SettingOutlined';
import BulbOutlined from '@ant-design/icons/es/icons/BulbOutlined';
import LogoutOutlined from '@ant-design/icons/es/icons/LogoutOutlined';
import TranslationOutlined from '@ant-design/icons/es/icons/TranslationOutlined';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  App as AntApp,
  Button,
  ConfigProvider,
  Drawer,
  Grid,
  Layout,
  Menu,
  Select,
  Skeleton,
  Space,
  Tooltip,
  theme as antTheme,
} from 'antd';
import { lazy, Suspense, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { ApiError } from './api/call';
import { choose } from './i18n';
import { nonce } from './nonce';
import { keep, useSession } from './session';
import { toggleTheme, useTheme } from './theme';
import Boundary from './ui/Boundary';
import { useAntLocale } from './i18n/ant';
import './app.css';

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

const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

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
  ['/access', page(() => import('./pages/access/Access'))],
  ['/settings', page(() => import('./pages/Settings'))],
  ['/simulator', page(() => import('./pages/simulator/Simulator'))],
  ['/explorer/:operation?', page(() => import('./explorer/Explorer'))],
  ['/errors/:code?', page(() => import('./pages/Errors'))],
];

const menu = [
  ['/', 'nav.overview', DashboardOutlined],
  ['/products', 'nav.products', AppstoreOutlined],
  ['/devices', 'nav.devices', HddOutlined],
  ['/groups', 'nav.groups', GroupOutlined],
  ['/messages', 'nav.messages', MailOutlined],
  ['/simulator', 'nav.simulator', DeploymentUnitOutlined],
  ['/explorer', 'nav.explorer', ApiOutlined],
  ['/errors', 'nav.errors', BugOutlined],
  ['/access', 'nav.access', SafetyOutlined],
  ['/settings', 'nav.settings', SettingOutlined],
] as const;

function Navigation({ onChoose }: { onChoose?: () => void }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const chosen = `/${location.split('/')[1] ?? ''}`;
  return (
    <nav aria-label={t('nav.main')}>
      <Link href="/" className="brand" onClick={onChoose}>
        <img src="/console/icon.svg" alt="" />
        Herald
      </Link>
      <Menu
        mode="inline"
        tabIndex={-1}
        selectedKeys={[chosen]}
        onClick={onChoose}
        items={menu.map(([path, name, Icon]) => ({
          key: path,
          icon: <Icon />,
          label: <Link href={path}>{t(name)}</Link>,
        }))}
      />
    </nav>
  );
}

function InstanceChoice() {
  const { t } = useTranslation();
  const session = useSession();
  if (!session || session.instances.length === 0) return null;
  return (
    <Select
      aria-label={t('shell.instance')}
      value={session.instance}
      popupMatchSelectWidth={false}
      className="instance"
      onChange={(instance) => {
        keep({ ...session, instance });
        queries.clear();
      }}
      options={session.instances.map(({ IotInstanceId, InstanceName }) => ({
        value: IotInstanceId,
        label: IotInstanceId
          ? `${InstanceName ? `${InstanceName} · ` : ''}${IotInstanceId}`
          : t('shell.publicInstance'),
      }))}
    />
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
        <Button type="text" icon={<TranslationOutlined />} onClick={() => choose(i18n.language === 'zh' ? 'en' : 'zh')}>
          {t('shell.language')}
        </Button>
        <Tooltip title={t('shell.theme')}>
          <Button type="text" icon={<BulbOutlined />} aria-label={t('shell.theme')} onClick={toggleTheme} />
        </Tooltip>
        {session && (
          <>
            <span className="who" title={who ?? ''}>
              {who}
            </span>
            <Tooltip title={t('shell.signOut')}>
              <Button
                type="text"
                icon={<LogoutOutlined />}
                aria-label={t('shell.signOut')}
                onClick={() => {
                  keep(null);
                  queries.clear();
                }}
              />
            </Tooltip>
          </>
        )}
      </Space>
    </Layout.Header>
  );
}

function Pages() {
  const session = useSession();
  const [location] = useLocation();
  return (
    <Boundary key={location.split('/')[1]}>
      <Suspense fallback={<Skeleton active />}>
        <Switch>
          {routes
            .filter(([path]) => session || path.startsWith('/errors'))
            .map(([path, Page]) => (
              <Route key={path} path={path} component={Page} />
            ))}
          <Route>
            <Redirect to="/" />
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
}

function Frame() {
  const { t } = useTranslation();
  const wide = Grid.useBreakpoint().lg !== false;
  const [open, setOpen] = useState(false);
  const session = useSession();
  return (
    <Layout className="frame">
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      {wide && session && (
        <Layout.Sider width={216} className="side">
          <Navigation />
        </Layout.Sider>
      )}
      {!wide && session && (
        <Drawer
          open={open}
          placement="left"
          size={248}
          onClose={() => setOpen(false)}
          closable={false}
          styles={{ body: { padding: 0 } }}
        >
          <Navigation onChoose={() => setOpen(false)} />
        </Drawer>
      )}
      <Layout className="inner">
        <Header {...(wide || !session ? {} : { onMenu: () => setOpen(true) })} />
        <Layout.Content className="content" role="main" id="content" tabIndex={-1}>
          <Pages />
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

// Every one of them, those under the pointer too, has a contrast of at least 4.5 to what it stands on.
const lightColours = {
  colorPrimary: '#0b6e69',
  colorPrimaryHover: '#0a5c57',
  colorInfo: '#0b6e69',
  colorError: '#b42318',
  colorLink: '#0b6e69',
  colorLinkHover: '#0a5c57',
  colorLinkActive: '#084b47',
  colorTextDescription: '#586674',
  colorTextTertiary: '#586674',
  colorTextPlaceholder: '#5c6975',
};
const darkColours = {
  colorPrimary: '#4bc2b4',
  colorPrimaryHover: '#6fd6c9',
  colorInfo: '#4bc2b4',
  colorError: '#ff8f80',
  colorLink: '#5fd0c2',
  colorLinkHover: '#8be0d4',
  colorLinkActive: '#a5e9df',
  colorTextDescription: '#9fabb7',
  colorTextTertiary: '#9fabb7',
  colorTextPlaceholder: '#8d99a6',
  colorBgContainer: '#151b21',
  colorBgElevated: '#1c242c',
  colorBgLayout: '#0e1318',
  colorBorder: '#3a4652',
  colorBorderSecondary: '#303b46',
};

export default function App() {
  const dark = useTheme() === 'dark';
  const locale = useAntLocale();
  return (
    <ConfigProvider
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
      {...(locale ? { locale } : {})}
      theme={{
        algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
        token: {
          motion: !still,
          borderRadius: 8,
          fontSize: 14,
          ...(dark ? darkColours : lightColours),
          fontFamily:
            'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif',
        },
        components: {
          Layout: { siderBg: 'var(--paper)', headerBg: 'var(--paper)', bodyBg: 'var(--shade)' },
          Menu: {
            itemBg: 'transparent',
            subMenuItemBg: 'transparent',
            itemSelectedBg: dark ? '#1d3a39' : '#e3f1f0',
            itemSelectedColor: dark ? '#6fd6c9' : '#0b5f5a',
            activeBarBorderWidth: 0,
          },
          Button: { primaryColor: dark ? '#06201e' : '#fff', dangerColor: dark ? '#2b0a06' : '#fff' },
        },
      }}
    >
      <AntApp>
        <QueryClientProvider client={queries}>
          <Frame />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
