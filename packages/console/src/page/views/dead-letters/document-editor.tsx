import { useEffect, useRef, useState } from 'preact/hooks';
import type { Fault } from '../../../server/dead-letters/dead-letter-detail.ts';
import { api } from '../../lib/api.ts';
import { lineOf, pointerLines } from './pointer-lines.ts';

interface DocumentEditorProps {
  text: string;
  onText: (text: string) => void;
  /** Where the text is checked against the contract; without it it is only shown. */
  check: { topic: string; group: string; id: string } | undefined;
  /** What is known to be wrong before anything is checked. */
  faults: readonly Fault[];
  onFaults: (faults: readonly Fault[] | undefined) => void;
}

const typingMs = 300;

/** A document with its lines numbered, those at fault marked, checked against its contract as one types. */
export const DocumentEditor = ({ text, onText, check, faults, onFaults }: DocumentEditorProps) => {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const [state, setState] = useState<'checked' | 'checking' | 'unknown'>('checked');
  const before = useRef(text);
  useEffect(() => {
    if (!check || before.current === text) return;
    before.current = text;
    const abort = new AbortController();
    setState('checking');
    onFaults(undefined);
    const timer = setTimeout(async () => {
      try {
        const body = { ...check, document: text };
        const { signal } = abort;
        const found = await api<{ faults: Fault[] }>('/api/dead-letters/check', {
          method: 'POST',
          body,
          signal,
        });
        setState('checked');
        onFaults(found.faults);
      } catch {
        if (abort.signal.aborted) return;
        setState('unknown');
        // What is sent is checked then: it need not wait for this.
        onFaults([]);
      }
    }, typingMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  const lines = pointerLines(text);
  const marked = new Set(faults.map(({ field }) => lineOf(lines, field)));
  const total = text.split('\n').length;
  const jump = (line: number | undefined) => {
    const field = area.current;
    if (!field || line === undefined) return;
    const start =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    const end = text.indexOf('\n', start);
    field.focus();
    field.setSelectionRange(start, end < 0 ? text.length : end);
    field.scrollTop = ((line - 4) * field.scrollHeight) / total;
  };
  return (
    <>
      <div class="editor">
        <pre ref={gutter} aria-hidden="true">
          {Array.from({ length: total }, (_, index) => (
            <span key={index} class={marked.has(index + 1) ? 'at-fault' : undefined}>
              {index + 1}
            </span>
          ))}
        </pre>
        <textarea
          ref={area}
          class="code"
          aria-label="Document"
          spellcheck={false}
          autocomplete="off"
          wrap="off"
          rows={Math.min(24, Math.max(6, total))}
          readOnly={!check}
          value={text}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
          onScroll={({ currentTarget }) => {
            if (gutter.current) gutter.current.scrollTop = currentTarget.scrollTop;
          }}
        />
      </div>
      <div role="status" class="small">
        {state === 'checking' && <p class="muted">Checking…</p>}
        {state === 'unknown' && (
          <p class="warn">It could not be checked. It is checked again when it is sent.</p>
        )}
        {state === 'checked' && faults.length === 0 && <p class="good">The contract takes this document.</p>}
        {faults.length > 0 && <FaultList faults={faults} lines={lines} jump={jump} />}
      </div>
    </>
  );
};

interface FaultListProps {
  faults: readonly Fault[];
  lines: ReadonlyMap<string, number>;
  jump: (line: number | undefined) => void;
}

const FaultList = ({ faults, lines, jump }: FaultListProps) => (
  <ul class="faults">
    {faults.map(({ field, message }) => {
      const line = lineOf(lines, field);
      return (
        <li key={`${field} ${message}`}>
          {line === undefined ? (
            <code>{field}</code>
          ) : (
            <button type="button" class="link" onClick={() => jump(line)}>
              line {line}
            </button>
          )}{' '}
          {line !== undefined && <code>{field}</code>} {message}
        </li>
      );
    })}
  </ul>
);
