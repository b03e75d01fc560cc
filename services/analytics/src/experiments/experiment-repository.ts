import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { Figures } from './attribution.ts';
import type { StoredFact } from './fact.ts';
import type { UserFacts } from './user-facts.ts';

/** What is stored of a user in an experiment. */
export interface Participant {
  facts: StoredFact[];
  figures: Figures;
}

// By the ids as an array Postgres finds the rows through the key; by the JSON alone it would read the whole table.

/**
 * What is stored of these users, by `experiment user`, locked in the order of the keys until the transaction ends; who is
 * not there yet gets a row. Deleted users have none, and of experiments that were closed nothing is given.
 */
export const lockParticipants = async (
  tx: TransactionSql,
  told: readonly UserFacts[],
): Promise<Map<string, Participant>> => {
  const keys = JSON.stringify(
    told.map(({ experiment, userId, variant }) => ({
      experiment: experiment.name,
      user_id: userId,
      variant,
    })),
  );
  await tx`
    insert into experiment_users (user_id, experiment, variant)
    select user_id, experiment, variant
    from json_to_recordset(${keys}::text::json) as told (user_id uuid, experiment text, variant text)
    where not exists (select from users where users.user_id = told.user_id and deleted)
      and not exists (select from experiments where name = experiment and is_closed)
    order by user_id, experiment
    on conflict (user_id, experiment) do nothing`;
  const rows = await tx<({ key: string; facts: StoredFact[] } & Figures)[]>`
    select experiment || ' ' || user_id as key, facts, users, clicks, clicking_users as "clickingUsers", purchases,
      purchasing_users as "purchasingUsers"
    from experiment_users where (user_id, experiment) in (
      select user_id, experiment from json_to_recordset(${keys}::text::json) as told (user_id uuid, experiment text))
      and user_id = any(${told.map(({ userId }) => userId)}::uuid[]) and facts is not null
    order by user_id, experiment for update`;
  return new Map(rows.map(({ key, facts, ...figures }) => [key, { facts, figures }]));
};

/** Stores what became of users that are locked. */
export const saveParticipants = async (
  tx: TransactionSql,
  saved: readonly (Participant & { experiment: string; userId: string })[],
): Promise<void> => {
  const rows = saved.map(({ figures, ...row }) => ({ ...row, ...figures }));
  await tx`
    update experiment_users as e set facts = saved.facts, users = saved.users, clicks = saved.clicks,
      clicking_users = saved."clickingUsers", purchases = saved.purchases, purchasing_users = saved."purchasingUsers"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as saved (experiment text, "userId" uuid, facts json,
      users integer, clicks integer, "clickingUsers" integer, purchases integer, "purchasingUsers" integer)
    where e.user_id = saved."userId" and e.experiment = saved.experiment
      and e.user_id = any(${saved.map(({ userId }) => userId)}::uuid[])`;
};

/** Adds to the figures of variants, in the order of their keys; all partitions share these rows. */
export const addToVariants = async (
  tx: TransactionSql,
  changes: readonly { experiment: string; variant: string; figures: Figures }[],
): Promise<void> => {
  const rows = changes.map(({ figures, ...row }) => ({ ...row, ...figures }));
  await tx`
    insert into experiment_variants as v
      (experiment, variant, users, clicks, clicking_users, purchases, purchasing_users)
    select experiment, variant, sum(users), sum(clicks), sum("clickingUsers"), sum(purchases), sum("purchasingUsers")
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as added (experiment text, variant text, users integer,
      clicks integer, "clickingUsers" integer, purchases integer, "purchasingUsers" integer)
    group by experiment, variant order by experiment, variant
    on conflict (experiment, variant) do update set ${added(tx)}`;
};

/** Deletes everything that is recorded under these users, and takes it out of the figures. */
export const eraseParticipants = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  await tx`
    with gone as (
      delete from experiment_users where user_id = any(${userIds as string[]}::uuid[])
      returning experiment, variant, users, clicks, clicking_users, purchases, purchasing_users
    )
    insert into experiment_variants as v
      (experiment, variant, users, clicks, clicking_users, purchases, purchasing_users)
    select experiment, variant, -sum(users), -sum(clicks), -sum(clicking_users), -sum(purchases), -sum(purchasing_users)
    from gone group by experiment, variant order by experiment, variant
    on conflict (experiment, variant) do update set ${added(tx)}`;
};

const added = (tx: TransactionSql) => tx`
  users = v.users + excluded.users, clicks = v.clicks + excluded.clicks,
  clicking_users = v.clicking_users + excluded.clicking_users, purchases = v.purchases + excluded.purchases,
  purchasing_users = v.purchasing_users + excluded.purchasing_users`;
