import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/** Whether the viewer holds live figures still. */
export const paused = signal(false);

export interface LiveStream<T> {
  /** The newest message. */
  message: T | undefined;
  state: 'connecting' | 'open' | 'interrupted';
}

/**
 * The newest message of a server's stream of events (SSE), parsed from JSON. It is opened again by itself when it
 * breaks; while the page is paused nothing is shown of what comes.
 */
export const useStream = <T>(url: string, event = 'message'): LiveStream<T> => {
  const [stream, setStream] = useState<LiveStream<T>>({ message: undefined, state: 'connecting' });
  useEffect(() => {
    const end = openStream<T>(url, {
      event,
      onMessage: (message) => {
        if (!paused.peek()) setStream({ message, state: 'open' });
      },
      onState: (state) => setStream((before) => ({ ...before, state })),
    });
    return end;
  }, [url, event]);
  return stream;
};

const reopenMs = 3_000;

interface StreamListeners<T> {
  event: string;
  onMessage: (message: T) => void;
  onState: (state: LiveStream<T>['state']) => void;
}

/** The browser opens a broken stream again, except when the answer was an error: then this does. */
const openStream = <T>(url: string, { event, onMessage, onState }: StreamListeners<T>): (() => void) => {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener('open', () => onState('open'));
    source.addEventListener(event, ({ data }: MessageEvent<string>) => onMessage(JSON.parse(data)));
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
