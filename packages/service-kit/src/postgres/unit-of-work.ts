import { AsyncLocalStorage } from 'node:async_hooks';

export interface UnitOfWork<Tx, T> {
  /** Runs in the transaction before its first write; what it throws prevents that write. */
  first: (tx: Tx) => Promise<void>;
  /** Writes one thing after the other. All its database work must be over when its promise settles. */
  work: () => Promise<T>;
  /** Runs in the transaction after all writes. */
  last: (tx: Tx, result: T) => Promise<void>;
}

/** The transaction of a unit that runs; undefined until its first write. It rejects when the connection is lost. */
interface OpenUnit<Tx> {
  tx?: Promise<Tx>;
  begin: () => Promise<Tx>;
  isOver: boolean;
}

type Transaction<Tx> = (operation: string, work: (tx: Tx) => Promise<void>) => Promise<void>;

/**
 * Joins what is written below a call into one transaction, without those who write knowing. It begins with the first
 * write, so nothing is held while a request is still being prepared, and ends after the last.
 */
export const unitsOfWork = <Tx>(transaction: Transaction<Tx>) => {
  const units = new AsyncLocalStorage<OpenUnit<Tx>>();
  const current = () => {
    const unit = units.getStore();
    return unit?.isOver ? undefined : unit;
  };
  return {
    /** The transaction in which to write; undefined outside of a unit. */
    toWrite: () => current()?.begin(),
    /** The transaction in which to read: only there is seen what the unit has written. */
    toRead: () => current()?.tx,

    run: async <T>(operation: string, { first, work, last }: UnitOfWork<Tx, T>): Promise<T> => {
      const done = Promise.withResolvers<void>();
      done.promise.catch(() => undefined);
      let ended: Promise<void> | undefined;
      const unit: OpenUnit<Tx> = {
        isOver: false,
        begin: () => {
          unit.tx ??= new Promise((resolve, reject) => {
            ended = transaction(operation, async (tx) => {
              await first(tx);
              resolve(tx);
              await done.promise;
            });
            ended.catch((error: unknown) => {
              reject(error);
              // Also for whoever asks later, when the transaction had begun.
              unit.tx = Promise.reject(error);
              unit.tx.catch(() => undefined);
            });
          });
          return unit.tx;
        },
      };
      try {
        const result = await units.run(unit, work);
        await last(await unit.begin(), result);
        done.resolve();
        await ended;
        return result;
      } catch (error) {
        done.reject(error);
        await ended?.catch(() => undefined);
        throw error;
      } finally {
        unit.isOver = true;
      }
    },
  };
};
