import { useState } from 'preact/hooks';
import { api } from '../lib/api.ts';
import { Failure } from '../parts/failure.tsx';
import { loadViewer } from './viewer.ts';

/** Asks for an account of the mesh. */
export const Login = () => {
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const logIn = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      await api('/api/session', {
        method: 'POST',
        body: { email: form.get('email'), password: form.get('password') },
      });
      await loadViewer();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <main class="alone">
      <form class="panel login" onSubmit={logIn}>
        <h1>Souk console</h1>
        <p class="lead">Log in with your account of this shop: one that is for staff, analysts or admins.</p>
        <label>
          E-mail
          <input name="email" type="email" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {error !== undefined && <Failure error={error} what="the log-in" />}
        <button class="primary" type="submit" disabled={isBusy}>
          {isBusy ? 'One moment…' : 'Log in'}
        </button>
      </form>
    </main>
  );
};
