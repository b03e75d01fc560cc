import { useEffect } from 'preact/hooks';
import { Failure } from './parts/failure.tsx';
import { Login } from './shell/login.tsx';
import { Shell } from './shell/shell.tsx';
import { loadViewer, viewer, viewerError } from './shell/viewer.ts';

/** The log-in where one is needed, otherwise the console. */
export const App = () => {
  useEffect(() => {
    void loadViewer();
  }, []);
  if (viewerError.value !== undefined && viewer.value === undefined)
    return (
      <main class="alone">
        <Failure error={viewerError.value} what="the console" isRepeated />
      </main>
    );
  if (viewer.value === undefined) return null;
  const { mode, user } = viewer.value;
  return mode === 'required' && user === null ? <Login /> : <Shell />;
};
