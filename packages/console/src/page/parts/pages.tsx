import { setParams } from '../lib/router.ts';

/** Goes on in a list that comes in pages: the cursor is in the address. */
export const Pages = ({ cursor, next }: { cursor: string; next: string | null }) =>
  cursor === '' && next === null ? null : (
    <nav class="pages" aria-label="Pages">
      <button type="button" disabled={cursor === ''} onClick={() => setParams({ cursor: '' })}>
        First page
      </button>
      <button
        type="button"
        disabled={next === null}
        onClick={() => setParams({ cursor: next ?? '' }, { replace: false })}
      >
        Next page
      </button>
    </nav>
  );
