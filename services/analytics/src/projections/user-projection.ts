import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { Experiment } from '@souk/contracts/experiments.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { recordExperiments } from '../experiments/experiment-projection.ts';
import { type Activity, rollUp } from '../rollups/rollup.ts';
import { activityTypes } from './activity-types.ts';
import { keepErasuresOut, keepRecordsOut } from './erasure-lock.ts';
import { record, type ToldUser } from './record.ts';

interface UserProjectionOptions {
  /** How many activity types are told apart. */
  activityTypesMax: number;
  /** What prices of activities are in, which name none; USD unless given. */
  currency?: string;
  experiments?: readonly Experiment[];
}

type UserEvent = DecodedEvent<typeof userUpdates>;

/**
 * Keeps the users and all figures. A repeat does no harm because it
 * does not arrive here: the figures are sums, and the transaction that adds to them also moves the position of the
 * last event on.
 */
export const userProjection = ({
  activityTypesMax,
  experiments = [],
  ...options
}: UserProjectionOptions): Subscription => {
  const countedTypes = activityTypes(activityTypesMax);
  return projection(userUpdates, async (tx, events) => {
    const { users, activities, deletes } = sortOut(events);
    if (deletes) keepRecordsOut(tx);
    else keepErasuresOut(tx);
    const countedAs = await countedTypes(tx, new Set(activities.map(({ type }) => type)));
    await record(tx, users, rollUp({ activities }, { countedAs, ...options }));
    await recordExperiments(tx, events, experiments);
  });
};

/**
 * The newest state of each user, and all activities. A deletion is final (an id is never given twice), so it
 * holds for the user's activities before and after it alike, and their order in the batch does not matter.
 */
const sortOut = (events: readonly UserEvent[]) => {
  const users = new Map<string, ToldUser>();
  const activities: Activity[] = [];
  let deletes = false;
  const keepNewest = (userId: string, version: number, deleted: boolean) => {
    const before = users.get(userId);
    if (before === undefined || version > before.version) users.set(userId, { userId, version, deleted });
  };
  for (const event of events) {
    switch (event.type) {
      case 'user.registered.v1':
      case 'user.updated.v1':
      case 'user.cart_updated.v1':
        keepNewest(event.data.user_id, event.data.version, false);
        break;
      case 'user.deleted.v1':
        keepNewest(event.data.user_id, event.data.version, true);
        deletes = true;
        break;
      case 'user.activity_recorded.v1':
        activities.push(event.data);
        break;
    }
  }
  return { users, activities, deletes };
};
