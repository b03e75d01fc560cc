import { valuesOfOneBody } from '@souk/contracts/json/json-scan.ts';
import { Type } from '@souk/contracts/typebox.ts';
import {
  faultOf,
  inOrder,
  invalidItem,
  type RejectedItem,
  RejectedItems,
} from '@souk/service-kit/http/batch-answer.ts';
import { batchBody, itemValidator, takeBatches } from '@souk/service-kit/http/batch-body.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { instantRange, readInstant } from '@souk/service-kit/instant.ts';
import { invalidRequest } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import { eventWriters } from '../access.ts';
import { userNotFound } from '../accounts/account.ts';
import { eventConflict, type GivenActivity, type NewActivity, readActivity } from './activity.ts';
import type { activityRepository, Outcome } from './activity-repository.ts';
import { NewEvent, SentAt } from './activity-schemas.ts';

const batch = { field: 'events', itemsMax: 1_000, more: { sent_at: Type.Optional(SentAt) } };
const bodyLimitBytes = 8 * 1024 * 1024;

const Report = Type.Object({
  accepted: Type.Integer({ description: 'new events, all of them stored' }),
  repeated: Type.Integer({ description: 'events that were there before, exactly so' }),
  rejected: RejectedItems('invalid_json, invalid_request, user_not_found or event_conflict'),
});

/** The route that records many activities at once. */
export const batchRoutes = async (
  http: Http,
  activities: ReturnType<typeof activityRepository>,
): Promise<void> => {
  const validItems = itemValidator(NewEvent);
  await http.register(async (scope) => {
    takeBatches(scope as Http, batch);
    scope.post(
      '/api/v1/events/batch',
      {
        bodyLimit: bodyLimitBytes,
        config: { access: eventWriters, idempotent: true },
        schema: {
          tags: ['events'],
          operationId: 'recordEvents',
          summary: 'Record up to 1,000 activities',
          description:
            'Each is recorded or rejected by itself, in their order, as if they came one by one. NDJSON: one per line; `sent_at` is then in each line.',
          body: batchBody(NewEvent, batch),
          response: { 207: Report },
        },
      },
      async ({ body }, reply) => {
        const { valid, faulty, more } = validItems(body);
        const { fresh, unfit } = readItems(valid, new Date(), sentAtOf(more));
        const outcomes = await activities.record(fresh);
        const refused = fresh.flatMap(({ index }, position) => refusalOf(outcomes[position], index));
        const count = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
        return reply.code(207).send({
          accepted: count('recorded'),
          repeated: count('repeated'),
          rejected: inOrder(faulty, unfit, refused),
        });
      },
    );
  });
};

const sentAtOf = ({ sent_at }: { sent_at?: string }): Date | undefined => {
  if (sent_at === undefined) return undefined;
  const sentAt = readInstant(sent_at);
  if (sentAt === undefined) throw invalidRequest('body', [{ field: 'sent_at', message: instantRange }]);
  return sentAt;
};

const readItems = (
  valid: readonly { index: number; value: GivenActivity }[],
  now: Date,
  sentAt: Date | undefined,
) => {
  const fresh: (NewActivity & { index: number })[] = [];
  const unfit: RejectedItem[] = [];
  const left = valuesOfOneBody();
  for (const { index, value } of valid) {
    const read = readActivity(value, { now, id: uuidv7(), eventId: uuidv7(), left, sentAt });
    if ('errors' in read) unfit.push({ index, ...invalidItem(read.errors) });
    else fresh.push({ index, ...read });
  }
  return { fresh, unfit };
};

const refusalOf = (outcome: Outcome | undefined, index: number): RejectedItem[] => {
  if (outcome?.outcome === 'user_not_found') return [{ index, ...faultOf(userNotFound()) }];
  if (outcome?.outcome === 'event_conflict') return [{ index, ...faultOf(eventConflict()) }];
  return [];
};
