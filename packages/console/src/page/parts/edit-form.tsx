import { useState } from 'preact/hooks';
import { isApiError } from '../lib/api.ts';
import { type Change, changesOf, conflictOf, type Draft, draftOf, onTopOf } from '../lib/edit.ts';
import { Failure } from './failure.tsx';

export interface EditField {
  name: string;
  label: string;
  type?: 'text' | 'number';
  hint?: string;
}

interface EditFormProps<T> {
  entity: T & { version: number };
  fields: readonly EditField[];
  /** Sends the changed fields for this version; an answer of 412 means that somebody else was faster. */
  save: (changes: Draft, version: number) => Promise<unknown>;
  newest: () => Promise<T & { version: number }>;
  onSaved: () => void;
}

/** Changes an entity; what somebody else changed in the meantime is shown, never overwritten unseen. */
export const EditForm = <T extends object>({ entity, fields, save, newest, onSaved }: EditFormProps<T>) => {
  const names = fields.map(({ name }) => name);
  const [base, setBase] = useState({ version: entity.version, draft: draftOf({ ...entity }, names) });
  const [draft, setDraft] = useState<Draft>(base.draft);
  const [theirs, setTheirs] = useState<{ version: number; draft: Draft }>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const changes = changesOf(base.draft, draft);
  const isChanged = Object.keys(changes).length > 0;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await save(changes, base.version);
      setBase({ version: base.version + 1, draft });
      onSaved();
    } catch (failure) {
      if (isApiError(failure) && failure.status === 412) {
        const found = await newest().catch(() => undefined);
        if (found) setTheirs({ version: found.version, draft: draftOf({ ...found }, names) });
        else setError(failure);
      } else setError(failure);
    }
    setBusy(false);
  };
  const goOnWith = (next: Draft) => {
    if (theirs) setBase(theirs);
    setDraft(next);
    setTheirs(undefined);
  };

  return (
    <form class="edit" onSubmit={submit}>
      {fields.map(({ name, label, type = 'text', hint }) => (
        <label key={name}>
          {label}
          <input
            name={name}
            inputMode={type === 'number' ? 'decimal' : 'text'}
            value={draft[name] ?? ''}
            onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
          />
          {hint && <span class="muted small">{hint}</span>}
        </label>
      ))}
      {error !== undefined && <Failure error={error} what="the change" />}
      {theirs ? (
        <Conflict
          changes={conflictOf(base.draft, theirs.draft, draft)}
          onTheirs={() => goOnWith(theirs.draft)}
          onMine={() => goOnWith(onTopOf(base.draft, theirs.draft, draft))}
        />
      ) : (
        <div class="actions end">
          <button type="button" disabled={!isChanged || isBusy} onClick={() => setDraft(base.draft)}>
            Undo
          </button>
          <button type="submit" class="primary" disabled={!isChanged || isBusy}>
            {isBusy ? 'Saving…' : 'Save'}
          </button>
        </div>
      )}
    </form>
  );
};

interface ConflictProps {
  changes: readonly Change[];
  onTheirs: () => void;
  onMine: () => void;
}

const Conflict = ({ changes, onTheirs, onMine }: ConflictProps) => (
  <div class="notice warn" role="alert">
    <strong>Somebody else changed this since you opened it. Nothing of yours is saved yet.</strong>
    <ul>
      {changes.map(({ field, was, theirs, mine }) => (
        <li key={field}>
          <code>{field}</code>: was “{was || 'nothing'}”, is now “{theirs || 'nothing'}”
          {mine !== was && mine !== theirs && <>, and you wrote “{mine || 'nothing'}”</>}
        </li>
      ))}
      {changes.length === 0 && <li>Not in a field of this form.</li>}
    </ul>
    <div class="actions end">
      <button type="button" onClick={onTheirs}>
        Take theirs, drop mine
      </button>
      <button type="button" class="primary" onClick={onMine}>
        Put mine on top
      </button>
    </div>
  </div>
);
