import { useEffect, useState } from 'preact/hooks';
import type { SearchProgress } from '../../../server/events/search-logs.ts';
import { withQuery } from '../../lib/address.ts';
import { send } from '../../lib/api.ts';
import { count, many } from '../../lib/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { Empty } from '../../parts/view.tsx';
import { MessageList, type MessageRow } from './message-list.tsx';

type Line = { row: MessageRow } | { progress: SearchProgress } | { failure: string };

interface Found {
  rows: readonly MessageRow[];
  progress: SearchProgress | undefined;
  error: unknown;
}

/** What the logs have of a text, newest first, while they are read. Another search is another component. */
export const EventSearch = ({ q, by, topic }: { q: string; by: string; topic: string }) => {
  const address = withQuery('/api/events/search', { q, by, topic });
  const [isStopped, setStopped] = useState(false);
  const found = useSearch(address, isStopped);
  const { progress } = found;
  const isOver = progress?.ended !== undefined || isStopped || found.error !== undefined;
  return (
    <>
      {found.error !== undefined && <Failure error={found.error} what="the search" />}
      <div class="row" role="status">
        <span class="muted small">{progressText(progress, found.rows.length, isOver)}</span>
        {!isOver && (
          <button type="button" onClick={() => setStopped(true)}>
            Stop
          </button>
        )}
      </div>
      {found.rows.length === 0 && isOver && found.error === undefined && (
        <Empty>No message has it. Kafka forgets orders after 30 days; everything else it keeps.</Empty>
      )}
      {found.rows.length > 0 && <MessageList label="Messages found" rows={found.rows} />}
    </>
  );
};

const progressText = (progress: SearchProgress | undefined, found: number, isOver: boolean): string => {
  if (!progress) return isOver ? '' : 'Asking Kafka…';
  const { read, total, ended } = progress;
  const looked = `${many(found, 'message')} found, ${count(read)} of ${count(total)} read`;
  if (ended === 'found') return `${looked}: the newest are shown. Narrow it down for more.`;
  if (ended === 'read') return `${looked}: older ones were not looked at. Choose a topic, or search by key.`;
  return isOver ? looked : `${looked}…`;
};

const nothing: Found = { rows: [], progress: undefined, error: undefined };

const useSearch = (address: string, isStopped: boolean): Found => {
  const [found, setFound] = useState(nothing);
  useEffect(() => {
    if (isStopped) return;
    const abort = new AbortController();
    const take = (lines: readonly Line[]) =>
      setFound((before) => {
        const rows = [...before.rows, ...lines.flatMap((line) => ('row' in line ? [line.row] : []))];
        const progress = lines.findLast((line) => 'progress' in line)?.progress ?? before.progress;
        const failed = lines.find((line) => 'failure' in line);
        const error = failed ? new Error(failed.failure) : before.error;
        return { rows: rows.toSorted(newestFirst), progress, error };
      });
    readLines(address, abort.signal, take).catch((error) => {
      if (!abort.signal.aborted) setFound((before) => ({ ...before, error }));
    });
    return () => abort.abort();
  }, [address, isStopped]);
  return found;
};

const newestFirst = (a: MessageRow, b: MessageRow): number =>
  (b.at ?? '').localeCompare(a.at ?? '') || b.offset - a.offset;

/** The JSON lines of an answer, as they come. */
const readLines = async (
  url: string,
  signal: AbortSignal,
  onLines: (lines: readonly Line[]) => void,
): Promise<void> => {
  const response = await send(url, { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return;
    const lines = `${rest}${value}`.split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) onLines(lines.map((line) => JSON.parse(line) as Line));
  }
};
