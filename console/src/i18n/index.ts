import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en';

export type Language = 'en' | 'zh';
export type Words = typeof en;

const loaders: Record<Language, () => Promise<Words>> = {
  en: async () => en,
  zh: async () => (await import('./zh')).default,
};

export function preferredLanguage(): Language {
  const kept = localStorage.getItem('herald.language');
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.startsWith('zh') ? 'zh' : 'en';
}

export async function useLanguageOf(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation')) {
    i18n.addResourceBundle(language, 'translation', await loaders[language]());
  }
  await i18n.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

export async function startLanguage(): Promise<void> {
  await i18n.use(initReactI18next).init({
    resources: { en: { translation: en } },
    fallbackLng: 'en',
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
  await useLanguageOf(preferredLanguage());
}

export async function choose(language: Language): Promise<void> {
  localStorage.setItem('herald.language', language);
  await useLanguageOf(language);
}
