import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/** Whether the viewer holds live figures still. */
export const paused = signal(false);

export interface LiveStream<T> {
  message: T | undefined;
  state: 'connecting' | 'open' | 'interrupted';
}

/**
 * The newest message of a server's stream of events (SSE), parsed from JSON. It is opened again by itself when it
 * breaks; while the page is paused nothing is shown of what comes, and then the newest.
 */
export const useStream = <T>(url: string, event: string): LiveStream<T> => {
  const [stream, setStream] = useState<LiveStream<T>>({ message: undefined, state: 'connecting' });
  useEffect(() => {
    let message: T | undefined;
    const show = () => {
      if (!paused.peek()) setStream((before) => ({ ...before, message }));
    };
    const end = openStream(url, {
      events: {
        [event]: (data) => {
          message = data as T;
          show();
        },
      },
      onState: (state) => setStream((before) => ({ ...before, state })),
    });
    const unsubscribe = paused.subscribe(show);
    return () => {
      unsubscribe();
      end();
    };
  }, [url, event]);
  return stream;
};

const reopenMs = 3_000;

interface StreamListeners {
  /** What is done with the data of each type of event. */
  events: Record<string, (data: unknown) => void>;
  onState: (state: LiveStream<unknown>['state']) => void;
}

/** The browser opens a broken stream again, except when the answer was an error: then this does. Returns what ends it. */
export const openStream = (url: string, { events, onState }: StreamListeners): (() => void) => {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener('open', () => onState('open'));
    for (const [event, onData] of Object.entries(events))
      source.addEventListener(event, ({ data }: MessageEvent<string>) => onData(JSON.parse(data)));
    source.addEventListener('error', () => {
      onState('interrupted');
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, reopenMs);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
};
