import { type Static, Type } from '@souk/contracts/typebox.ts';
import type { AccessRule } from '@souk/service-kit/access/access.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import { type InteractionType, interactionTypes } from '../interactions/interaction.ts';
import type { Weighing } from '../popularity/popularity.ts';
import { answerOf, type Ranked, Recommendations } from './recommendation.ts';
import { recommendationRepository } from './recommendation-repository.ts';
import { whatIfScores } from './what-if.ts';

const analysts: AccessRule = { roles: ['analyst', 'admin'], scope: 'analytics:read' };
/** Of whom histories are read: up to 150 interactions each, so a tenth of a second and 12 MB at most. */
const shoppersMax = 5_000;
/** Products that are looked up, since some of them may not be shown. */
const lookedUpMax = 500;
const dayMs = 86_400_000;
const weight = Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 }));

const WhatIfQuery = Type.Object(
  {
    strategy: Type.Optional(Type.Enum(['popular', 'trending'], { default: 'trending' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
    half_life_days: Type.Optional(
      Type.Number({ minimum: 0.05, maximum: 3_650, description: 'as the service is set without it' }),
    ),
    weight_view: weight,
    weight_like: weight,
    weight_add_to_cart: weight,
    weight_purchase: weight,
  },
  { additionalProperties: false },
);

const WhatIfAnswer = Type.Object(
  {
    strategy: Type.Enum(['popular', 'trending']),
    half_life_days: Type.Number(),
    weights: Type.Record(Type.String(), Type.Number()),
    shoppers: Type.Integer({ minimum: 0, description: 'whose histories were read' }),
    is_complete: Type.Boolean({ description: 'false when there are more shoppers than were read' }),
    items: Recommendations.properties.items,
  },
  { title: 'WhatIf' },
);

interface WhatIfRoutes {
  db: Database;
  own: Weighing;
  now: () => Date;
}

/** For who wants to change the settings: what they would make of what shoppers did, before it is so. */
export const whatIfRoutes = (http: Http, { db, own, now }: WhatIfRoutes): void => {
  const products = recommendationRepository(db);
  http.get(
    '/api/v1/recommendations/what-if',
    {
      config: { access: analysts },
      schema: {
        tags: ['recommendations'],
        operationId: 'whatIfRecommendations',
        summary: 'Popular or trending by other settings',
        description: `Out of the histories of up to ${shoppersMax} shoppers, chosen evenly. Nothing is changed.`,
        querystring: WhatIfQuery,
        response: { 200: WhatIfAnswer },
      },
    },
    async ({ query }) => {
      const { strategy = 'trending', limit = 10 } = query;
      const at = now();
      const weighing = weighingOf(query, own);
      const rows = await someHistories(db);
      const histories = rows.slice(0, shoppersMax).map(({ history }) => decodeHistory(history));
      const scores = whatIfScores(histories, strategy, weighing, at.getTime()).slice(0, lookedUpMax);
      const known = await products.byKey(scores.map(({ product }) => product));
      const ranked = scores.flatMap(({ product, score }): Ranked[] => {
        const row = known.get(product);
        return row?.available ? [{ row, score, reason: strategy }] : [];
      });
      return {
        strategy,
        half_life_days: weighing.halfLifeMs / dayMs,
        weights: Object.fromEntries(weighing.weights),
        shoppers: histories.length,
        is_complete: rows.length <= shoppersMax,
        items: answerOf(strategy, ranked.slice(0, limit), at).items,
      };
    },
  );
};

const weighingOf = (query: Static<typeof WhatIfQuery>, own: Weighing): Weighing => ({
  halfLifeMs: query.half_life_days === undefined ? own.halfLifeMs : query.half_life_days * dayMs,
  weights: new Map<InteractionType, number>(
    interactionTypes.map((type) => [type, query[`weight_${type}`] ?? own.weights.get(type) ?? 0]),
  ),
});

/** One more than are read. Keys are hashes, so the first ones are a fair choice. */
const someHistories = (db: Database): Promise<{ history: Buffer }[]> =>
  db.getAll(
    'what_if_histories',
    (sql) => sql<{ history: Buffer }[]>`
      select history from shoppers where history is not null
      order by shopper_key limit ${shoppersMax + 1}`,
  );
