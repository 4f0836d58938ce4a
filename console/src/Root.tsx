import { lazy, Suspense } from 'react';
import { Router, useRoute } from 'wouter';
import SignIn from './pages/SignIn';
import { useSession } from './session';

const App = lazy(() => import('./App'));

// The Error Center is open to everybody: the `Recommend` of an error leads there.
function Entry() {
  const session = useSession();
  const [ofErrors] = useRoute('/errors/*?');
  if (!session && !ofErrors) return <SignIn />;
  return (
    <Suspense fallback={<div className="boot" role="status" aria-label="Herald" />}>
      <App />
    </Suspense>
  );
}

export default function Root() {
  return (
    <Router base="/console">
      <Entry />
    </Router>
  );
}
