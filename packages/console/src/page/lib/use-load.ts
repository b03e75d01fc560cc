import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Address } from './address.ts';
import { api, isApiError } from './api.ts';
import { paused } from './live.ts';

export interface Loaded<T> {
  /** The newest that was had; stays while newer is asked for, and while it cannot be had. */
  data: T | undefined;
  /** Why the newest try failed. */
  error: unknown;
  isLoading: boolean;
  reload(): void;
}

/** What takes more than one GET; the key changes with the question. */
export interface Question<T> {
  key: string;
  ask: (signal: AbortSignal) => Promise<T>;
}

export interface LoadOptions {
  /** Asks again so often, unless the viewer has paused the page or does not look at it. */
  everyMs?: number | undefined;
  /** Asks again when this is another; what was had is shown until then. */
  changed?: unknown;
}

/** After a failure that may pass by itself it is asked again so soon. */
const retryMs = 3_000;

/**
 * Loads what a view shows: at once, when the question changes, and by itself again after a transient failure; what is
 * polled, after any.
 * An answer that comes after a newer question is thrown away.
 */
export const useLoad = <T>(
  asked: Address<T> | Question<T>,
  { everyMs, changed }: LoadOptions = {},
): Loaded<T> => {
  const { key, ask } =
    typeof asked === 'string'
      ? { key: asked, ask: (signal: AbortSignal) => api<T>(asked, { signal }) }
      : asked;
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; isLoading: boolean }>({
    key,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const askNow = useRef(ask);
  askNow.current = ask;

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (ms: number) => {
      timer = setTimeout(() => (isQuiet() ? again(ms) : void run()), ms);
    };
    const run = async () => {
      try {
        const data = await askNow.current(abort.signal);
        if (abort.signal.aborted) return;
        setState({ key, data, isLoading: false });
        if (everyMs !== undefined) again(everyMs);
      } catch (error) {
        if (abort.signal.aborted) return;
        setState((before) => ({
          key,
          ...(before.key === key && before.data !== undefined ? { data: before.data } : {}),
          error,
          isLoading: false,
        }));
        if (everyMs !== undefined || isTransient(error)) again(everyMs ?? retryMs);
      }
    };
    setState((before) => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }));
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, turn, everyMs, changed]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    isLoading: isCurrent ? state.isLoading : true,
    reload,
  };
};

const isQuiet = (): boolean => paused.peek() || document.hidden;

/** It may pass by itself: nothing answered, or whatever did has too much to do. */
export const isTransient = (error: unknown): boolean =>
  isApiError(error) && (error.status === 0 || error.status === 429 || error.status >= 500);
