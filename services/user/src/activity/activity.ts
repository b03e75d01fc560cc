import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '@souk/contracts/json/canonical-json.ts';
import type { ValuesLeft } from '@souk/contracts/json/json-scan.ts';
import { newEvent } from '@souk/contracts/new-event.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import { Shown, shownType, userUpdates } from '@souk/contracts/user-updates.ts';
import { problemsOf } from '@souk/contracts/validation.ts';
import { readJson } from '@souk/service-kit/http/json-body.ts';
import { instantRange, readInstant } from '@souk/service-kit/instant.ts';
import { toMinor } from '@souk/service-kit/money.ts';
import type { NewEvent } from '@souk/service-kit/outbox/event-rows.ts';
import { type FieldError, isProblem, problem } from '@souk/service-kit/problem.ts';

/** Something a user did. Never changed after it is recorded. */
export interface Activity {
  id: string;
  userId: string;
  type: string;
  productId: string | null;
  quantity: number | null;
  unitPriceMinor: number | null;
  occurredAt: Date;
  recordedAt: Date;
  /** The time that the client gave, where another was taken. */
  givenAt: Date | null;
  /** The given time lay in the future: the time of receipt was taken. */
  takenAtReceipt: boolean;
  /**
   * What the client wants to keep with it, as parseExactJson reads it. It may hold personal data, so it is not
   * published, but for what was shown of a recommendation.
   */
  data: JsonObject | null;
}

type JsonObject = Record<string, unknown>;

/** An activity as a client gives it, of the shape that the schema of the route describes. */
export interface GivenActivity {
  user_id: string;
  type: string;
  id?: string;
  product_id?: string | null;
  quantity?: number | null;
  unit_price?: number | null;
  occurred_at?: string;
  sent_at?: string;
  data?: JsonObject | string | null;
}

/** An activity to be recorded, and the event that tells of it. */
export interface NewActivity {
  activity: Activity;
  event: NewEvent;
  /** False when the client left the time to the service: then a repeat cannot repeat it. */
  timeIsGiven: boolean;
}

const dataBytesMax = 65_536;

interface Receipt {
  now: Date;
  id: string;
  eventId: string;
  left?: ValuesLeft;
  /** When the whole request was sent, by the client's clock. */
  sentAt?: Date | undefined;
}

/**
 * Reads what a client gave. `id` is taken when the client chose none; what it left out is null and stays null, a
 * quantity too; the time is `now`. A time that the client gave is moved by as much as the client's clock is wrong, which
 * shows where it says when it sent (`sent_at` of the activity, or else of the request); one that is still in the future
 * becomes `now`. Gives the faults that a schema cannot find, all of them. Activities of one request share `left`.
 */
export const readActivity = (
  given: GivenActivity,
  { now, id, eventId, left, sentAt }: Receipt,
): NewActivity | { errors: FieldError[] } => {
  const errors: FieldError[] = [];
  const fault = (field: string) => (message: string) => {
    errors.push({ field, message });
  };
  const givenAt = readTime(given.occurred_at, fault('occurred_at'));
  const sent = given.sent_at === undefined ? sentAt : readTime(given.sent_at, fault('sent_at'));
  const times = timesOf(givenAt, sent, now);
  if (times.occurredAt.getTime() < 0) fault('occurred_at')(instantRange);
  const data = readData(given.data ?? null, left, fault('data'));
  const shown = given.type === shownType && data !== undefined ? readShown(data, fault('data')) : undefined;
  if (errors.length > 0 || data === undefined) return { errors };
  const activity: Activity = {
    id: given.id?.toLowerCase() ?? id,
    userId: given.user_id.toLowerCase(),
    type: given.type,
    productId: given.product_id?.toLowerCase() ?? null,
    quantity: given.quantity ?? null,
    unitPriceMinor: given.unit_price == null ? null : toMinor(given.unit_price),
    ...times,
    recordedAt: now,
    data,
  };
  return {
    activity,
    event: recordedEvent(activity, eventId, shown),
    timeIsGiven: given.occurred_at !== undefined,
  };
};

/** Whether a client that sends `given` under the id of `stored` sends the same thing again. */
export const isRepeat = ({ activity, timeIsGiven }: NewActivity, stored: Activity): boolean => {
  const { data, ...fields } = activity;
  // What a given time is taken for depends on when it came: the given ones are compared, or the one that was answered.
  const times = [timeGiven(stored), stored.occurredAt].map(Number);
  if (timeIsGiven && !times.includes(timeGiven(activity).getTime())) return false;
  const same = {
    ...fields,
    occurredAt: stored.occurredAt,
    givenAt: stored.givenAt,
    takenAtReceipt: stored.takenAtReceipt,
    recordedAt: stored.recordedAt,
    data: stored.data,
  };
  // The table writes numbers in its own way, and keeps no -0.
  return isDeepStrictEqual(same, stored) && canonicalJson(data) === canonicalJson(stored.data);
};

const timeGiven = ({ givenAt, occurredAt }: Activity): Date => givenAt ?? occurredAt;

export const eventConflict = () =>
  problem(409, 'event_conflict', 'another event has this id', {
    errors: [{ field: 'id', message: 'is the id of another event' }],
  });

export const eventNotFound = () => problem(404, 'event_not_found', 'there is no event with this id');

type ShownData = EventData<typeof userUpdates, 'user.activity_recorded.v1'>['shown'];

const recordedEvent = (activity: Activity, eventId: string, shown: ShownData): NewEvent =>
  newEvent(userUpdates, 'user.activity_recorded.v1', eventId, {
    event_id: activity.id,
    user_id: activity.userId,
    type: activity.type,
    product_id: activity.productId,
    quantity: activity.quantity,
    unit_price_minor: activity.unitPriceMinor,
    occurred_at: activity.occurredAt.toISOString(),
    ...(activity.takenAtReceipt && { taken_at_receipt: true }),
    ...(shown && { shown }),
  });

/** Only what the contract names is published of the data. */
const readShown = (data: JsonObject | null, fault: (message: string) => void): ShownData => {
  const problems = problemsOf(Shown, data ?? {});
  if (problems.length > 0) return void fault(`must say what was shown: ${problems.join('; ')}`);
  const { experiment, variant, product_ids } = data as NonNullable<ShownData>;
  return { experiment, variant, product_ids };
};

const readTime = (text: string | undefined, fault: (message: string) => void): Date | undefined => {
  const time = text === undefined ? undefined : readInstant(text);
  if (text !== undefined && time === undefined) fault(instantRange);
  return time;
};

const timesOf = (
  givenAt: Date | undefined,
  sentAt: Date | undefined,
  now: Date,
): Pick<Activity, 'occurredAt' | 'givenAt' | 'takenAtReceipt'> => {
  if (givenAt === undefined) return { occurredAt: now, givenAt: null, takenAtReceipt: false };
  const aheadMs = sentAt === undefined ? 0 : sentAt.getTime() - now.getTime();
  const corrected = new Date(givenAt.getTime() - aheadMs);
  const takenAtReceipt = corrected > now;
  return {
    occurredAt: takenAtReceipt ? now : corrected,
    givenAt: takenAtReceipt || aheadMs !== 0 ? givenAt : null,
    takenAtReceipt,
  };
};

const readData = (
  given: JsonObject | string | null,
  left: ValuesLeft | undefined,
  fault: (message: string) => void,
): JsonObject | null | undefined => {
  const data = typeof given === 'string' ? parseObject(given, left, fault) : given;
  if (data === undefined) return undefined;
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > dataBytesMax) return void fault(`must not exceed ${dataBytesMax} bytes`);
  return data;
};

/** What is in a text no parser has seen yet: it is read with the same care as a body. */
const parseObject = (
  text: string,
  left: ValuesLeft | undefined,
  fault: (message: string) => void,
): JsonObject | undefined => {
  try {
    const value = readJson(Buffer.from(text), 'text', left);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    return void fault(notAnObject);
  } catch (error) {
    if (!isProblem(error)) throw error;
    const [first] = error.problem.errors ?? [];
    return void fault(first ? `${first.field} ${first.message}`.trim() : notAnObject);
  }
};

const notAnObject = 'must be an object, or a string that holds one as JSON';
