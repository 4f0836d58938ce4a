import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import Root from './Root';
import { startLanguage } from './i18n';
import { allowStyles } from './nonce';
import { startTheme } from './theme';
import './base.css';

allowStyles();
startTheme();
await startLanguage();
const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><Root /></StrictMode>);
