import type { ConfigProviderProps } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

// Ant Design's own words; English are built in.
export function useAntLocale(): ConfigProviderProps['locale'] {
  const { i18n } = useTranslation();
  const [chinese, setChinese] = useState<ConfigProviderProps['locale']>();
  const wanted = i18n.language === 'zh';
  useEffect(() => {
    if (wanted && !chinese) void import('antd/es/locale/zh_CN').then((made) => setChinese(made.default));
  }, [wanted, chinese]);
  return wanted ? chinese : undefined;
}
