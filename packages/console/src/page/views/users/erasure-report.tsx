import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { souk } from '../../lib/api.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { type Trace, tracesOf } from './erasure.ts';

export interface Erasure {
  userId: string;
  at: string;
  /** What was kept before. */
  before: readonly Trace[];
}

const askEveryMs = 1_000;

/** The newest erasure of this page. */
export const erasure = signal<Erasure | undefined>(undefined);

/** Deletes a user, and keeps what was there before for the report. */
export const eraseUser = async (userId: string): Promise<void> => {
  const before = await tracesOf(userId);
  await souk.user.DELETE('/api/v1/users/{id}', { params: { path: { id: userId } } });
  erasure.value = { userId, at: new Date().toISOString(), before };
};

/** What was erased where; asked again until nothing is left. */
export const ErasureReport = ({ erasure: { userId, at, before } }: { erasure: Erasure }) => {
  const [isOver, setOver] = useState(false);
  const loaded = useLoad(
    { key: `erased ${userId}`, ask: () => tracesOf(userId) },
    { everyMs: isOver ? undefined : askEveryMs },
  );
  const left = loaded.data?.filter(({ isErased }) => !isErased).length;
  useEffect(() => setOver(left === 0), [left]);
  return (
    <Panel
      title="Erasure"
      note={
        <>
          of <code>{userId}</code>, <Time at={at} />
        </>
      }
      actions={
        <button
          type="button"
          onClick={() => {
            erasure.value = undefined;
          }}
        >
          Close the report
        </button>
      }
    >
      <p role="status" class={left === 0 ? 'good' : undefined}>
        {left === undefined
          ? 'Asking every service…'
          : left === 0
            ? 'Erased everywhere.'
            : `${left} of ${before.length} places still have something: it is on its way to them.`}
      </p>
      <LoadedPart loaded={loaded} what="the report">
        {(traces) => (
          <Table
            label="What was erased where"
            rows={traces}
            keyOf={({ place }) => place}
            columns={[
              ['Where', ({ place }) => place],
              ['Before', (_row, index) => before[index]?.kept],
              ['Now', ({ kept }) => kept],
              [
                'State',
                ({ isErased }) => (
                  <span class={isErased ? 'tag good' : 'tag warn'}>{isErased ? 'erased' : 'not yet'}</span>
                ),
              ],
            ]}
          />
        )}
      </LoadedPart>
      <p class="muted small">
        The topic keeps that this id was deleted, and nothing about the person. Audits name the id for as long
        as they are kept.
      </p>
    </Panel>
  );
};
