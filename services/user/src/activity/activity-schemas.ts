import { amountMinorMax, nullable, quantityMax } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { activityTypePattern } from '@souk/contracts/user-updates.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { Money, toMajor } from '@souk/service-kit/money.ts';
import type { Activity } from './activity.ts';

export const ActivityType = Type.String({
  pattern: activityTypePattern,
  description: '`view`, `like`, `add_to_cart` and `purchase` weigh in recommendations; any other only counts',
});
export const SentAt = time({
  description:
    'when it is sent, by the clock that `occurred_at` is of: if that is wrong, `occurred_at` is put right',
});
const Quantity = Type.Integer({ minimum: 1, maximum: quantityMax });
const UnitPrice = Money({ maximumMinor: amountMinorMax });

export const NewEvent = Type.Object(
  {
    user_id: uuid(),
    type: ActivityType,
    id: Type.Optional(uuid({ description: 'chosen by the client, so that a repeat does no harm' })),
    product_id: Type.Optional(nullable(uuid())),
    quantity: Type.Optional(nullable(Quantity)),
    unit_price: Type.Optional(nullable(UnitPrice)),
    occurred_at: Type.Optional(
      time({
        description:
          'now, unless given; may lie in the past. One in the future becomes the time of receipt (`taken_at_receipt`)',
      }),
    ),
    sent_at: Type.Optional(SentAt),
    data: Type.Optional(
      Type.Union(
        [
          Type.Record(Type.String(), Type.Unknown()),
          Type.String({ contentMediaType: 'application/json', contentSchema: { type: 'object' } }),
          Type.Null(),
        ],
        {
          description:
            'an object, or a string that holds one as JSON; kept, but not published. For `recommendation_shown` it ' +
            'holds `experiment`, `variant` and `product_ids` of what was shown, and these are published',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        user_id: '0198c1de-3b00-7000-8000-000000000001',
        type: 'purchase',
        product_id: '0198c1de-3b00-7000-8000-0000000000a1',
        quantity: 2,
        unit_price: 12.5,
      },
    ],
  },
);

export const Event = Type.Object(
  {
    id: uuid(),
    user_id: uuid(),
    type: Type.String(),
    product_id: nullable(uuid()),
    quantity: nullable(Quantity),
    unit_price: nullable(UnitPrice),
    occurred_at: time(),
    recorded_at: time(),
    taken_at_receipt: Type.Boolean({
      description: '`occurred_at` was in the future when the event came, and is the time of receipt instead',
    }),
    data: nullable(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);

/** The activity as HTTP shows it. */
export const view = (activity: Activity) => ({
  id: activity.id,
  user_id: activity.userId,
  type: activity.type,
  product_id: activity.productId,
  quantity: activity.quantity,
  unit_price: activity.unitPriceMinor === null ? null : toMajor(activity.unitPriceMinor),
  occurred_at: activity.occurredAt.toISOString(),
  recorded_at: activity.recordedAt.toISOString(),
  taken_at_receipt: activity.takenAtReceipt,
  data: activity.data,
});
