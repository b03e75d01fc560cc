import { useEffect, useState } from 'preact/hooks';
import type { SearchProgress } from '../../../server/events/search-logs.ts';
import { send } from '../../lib/api.ts';
import { count, many } from '../../lib/format.ts';
import { param } from '../../lib/router.ts';
import { Failure } from '../../parts/failure.tsx';
import { Empty } from '../../parts/view.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { MessageLine, type MessageRow, placeOf, rowHeight } from './message-row.tsx';

type Line = { row: MessageRow } | { progress: SearchProgress } | { failure: string };

interface Found {
  rows: readonly MessageRow[];
  progress: SearchProgress | undefined;
  error: unknown;
}

/** What the logs have of a text, newest first, while they are read. */
export const EventSearch = ({ q, by, topic }: { q: string; by: string; topic: string }) => {
  const query = new URLSearchParams({ q, by, ...(topic && { topic }) }).toString();
  const [stopped, setStopped] = useState('');
  const found = useSearch(query, stopped === query);
  const { progress } = found;
  const isOver = progress?.ended !== undefined || stopped === query || found.error !== undefined;
  const open = param('at');
  return (
    <>
      {found.error !== undefined && <Failure error={found.error} what="the search" />}
      <div class="row" role="status">
        <span class="small muted">{progressText(progress, found.rows.length, isOver)}</span>
        {!isOver && (
          <button type="button" onClick={() => setStopped(query)}>
            Stop
          </button>
        )}
      </div>
      {found.rows.length === 0 && isOver && found.error === undefined && (
        <Empty>No message has it. Kafka forgets orders after 30 days; everything else it keeps.</Empty>
      )}
      {found.rows.length > 0 && (
        <VirtualList
          label="Messages found"
          rows={found.rows}
          keyOf={placeOf}
          rowHeight={rowHeight}
          height={560}
          row={(row) => <MessageLine row={row} isOpen={placeOf(row) === open} />}
        />
      )}
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

const useSearch = (query: string, isStopped: boolean): Found => {
  const [found, setFound] = useState<Found & { query: string }>({
    query,
    rows: [],
    progress: undefined,
    error: undefined,
  });
  useEffect(() => {
    if (isStopped) return;
    const abort = new AbortController();
    setFound({ query, rows: [], progress: undefined, error: undefined });
    const take = (lines: readonly Line[]) =>
      setFound((before) => {
        const rows = [...before.rows, ...lines.flatMap((line) => ('row' in line ? [line.row] : []))];
        const progress = lines.findLast((line) => 'progress' in line)?.progress ?? before.progress;
        const failed = lines.find((line) => 'failure' in line);
        const error = failed ? new Error(failed.failure) : before.error;
        return { query, rows: rows.toSorted(newestFirst), progress, error };
      });
    readLines(`/api/events/search?${query}`, abort.signal, take).catch((error) => {
      if (!abort.signal.aborted) setFound((before) => ({ ...before, error }));
    });
    return () => abort.abort();
  }, [query, isStopped]);
  return found.query === query ? found : { rows: [], progress: undefined, error: undefined };
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
