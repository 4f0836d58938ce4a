import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import Root from './Root';
import { startLanguage } from './i18n';
import { startTheme } from './theme';
import './base.css';

startTheme();
await startLanguage();
const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><Root /></StrictMode>);
