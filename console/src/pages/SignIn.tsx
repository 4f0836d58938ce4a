import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, signIn } from '../api/call';
import { choose } from '../i18n';
import { toggleTheme } from '../theme';

// Browsers sign over HTTPS or on this very machine alone.
function Insecure() {
  const { t } = useTranslation();
  const secure = new URL(location.href);
  secure.protocol = 'https:';
  return (
    <>
      <p>{t('signIn.https')}</p>
      <a className="submit" href={secure.href}>
        {t('signIn.toHttps')}
      </a>
    </>
  );
}

function words(error: unknown, changing: boolean, t: (key: string) => string): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.code === 'Throttling') return t('signIn.often');
  if (!changing && error.status >= 400 && error.status < 500) return t('signIn.wrong');
  return `${error.code}: ${error.message}`;
}

export default function SignIn() {
  const { t, i18n } = useTranslation();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState('');
  const [waiting, setWaiting] = useState(false);
  const [changing, setChanging] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setWaiting(true);
    setProblem('');
    try {
      if (!(await signIn(login.trim(), password, changing ? next : undefined))) setChanging(true);
    } catch (error) {
      setProblem(words(error, changing, t));
    }
    setWaiting(false);
  }

  return (
    <div className="sign-in">
      <main>
        <div className="brand">
          <img src="/console/icon.svg" alt="" />
          <div>
            <strong>Herald</strong>
            <span>{t('app.tagline')}</span>
          </div>
        </div>
        {!window.isSecureContext ? (
          <Insecure />
        ) : (
          <form onSubmit={submit}>
            <h1>{t(changing ? 'signIn.change' : 'signIn.title')}</h1>
            {changing ? (
              <>
                <p className="hint">{t('signIn.changeHint')}</p>
                <label htmlFor="next">{t('signIn.newPassword')}</label>
                <input
                  id="next"
                  type="password"
                  autoComplete="new-password"
                  required
                  value={next}
                  onChange={(e) => setNext(e.target.value)}
                />
              </>
            ) : (
              <>
                <label htmlFor="login">{t('signIn.name')}</label>
                <input
                  id="login"
                  autoComplete="username"
                  spellCheck={false}
                  required
                  autoFocus
                  value={login}
                  onChange={(e) => setLogin(e.target.value)}
                />
                <label htmlFor="password">{t('signIn.password')}</label>
                <input
                  id="password"
                  type="password"
                  autoComplete="current-password"
                  required
                  value={password}
                  onChange={(e) => setPassword(e.target.value)}
                />
              </>
            )}
            {problem && (
              <p className="bad" role="alert">
                {problem}
              </p>
            )}
            <button className="submit" disabled={waiting}>
              {t(waiting ? 'signIn.waiting' : changing ? 'signIn.changeSubmit' : 'signIn.submit')}
            </button>
            {changing ? (
              <p className="hint">
                <button type="button" onClick={() => setChanging(false)}>
                  {t('common.cancel')}
                </button>
              </p>
            ) : (
              <p className="hint">{t('signIn.hint')}</p>
            )}
          </form>
        )}
      </main>
      <footer>
        <button type="button" onClick={() => choose(i18n.language === 'zh' ? 'en' : 'zh')}>
          {t('shell.language')}
        </button>
        <button type="button" onClick={toggleTheme}>
          {t('shell.theme')}
        </button>
      </footer>
    </div>
  );
}
