import { Type } from '@souk/contracts/typebox.ts';
import type { AccessRule } from '@souk/service-kit/access/access.ts';
import type { ResponseCache } from '@souk/service-kit/cache/response-cache.ts';
import { IdParams } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { VariantSetting, Variants } from '../experiments/variants.ts';
import { answerOf, Recommendations } from './recommendation.ts';
import {
  AskedQuery,
  BasketBody,
  cacheKey,
  ListQuery,
  normalise,
  normaliseBasket,
  type RecommendationQuery,
  splitExclude,
} from './recommendation-query.ts';
import type { Recommender } from './recommender.ts';

interface RecommendationRoutes {
  recommenderFor: (variant?: VariantSetting) => Recommender;
  variants: Variants;
  cache: ResponseCache;
  now: () => Date;
}

const userNotFound = () => problem(404, 'user_not_found', 'there is no such user');

/** Who may see what follows from the history of a user. */
const userReaders = (by: 'params.id' | 'query.user_id'): AccessRule => ({
  roles: ['staff', 'admin'],
  scope: 'users:read',
  own: { by, notFound: userNotFound },
});

// Ready-made text of that shape.
const response = { 200: Type.Unsafe<string>(Recommendations) };
const tags = ['recommendations'];
const json = 'application/json; charset=utf-8';

/** The routes of recommendations. */
export const recommendationRoutes = (
  http: Http,
  { recommenderFor, variants, cache, now }: RecommendationRoutes,
): void => {
  const answer = (query: RecommendationQuery): string | Promise<string> => {
    const { userId, strategy } = query;
    const variant = userId === undefined ? undefined : variants.of(userId, now().getTime());
    return cache.get(cacheKey(query, variant), async () => {
      const at = now();
      const ranked = await recommenderFor(variant).recommend(query, at);
      return JSON.stringify(answerOf(strategy, ranked, at, variant));
    });
  };
  const preValidation = ({ query }: { query: unknown }, _reply: unknown, done: () => void) => {
    splitExclude(query as Record<string, unknown>);
    done();
  };

  http.get(
    '/api/v1/recommendations',
    {
      config: {
        access: { ...userReaders('query.user_id'), anyoneWithout: 'user_id' },
        alsoAt: ['/recommendations'],
      },
      schema: {
        tags,
        operationId: 'recommend',
        summary: 'Recommend products',
        description:
          'Products that can be bought, best first; without deleted and sold out ones, and without what the user ' +
          'bought. An interaction shows in the answers within a fraction of a second. Where a strategy finds too ' +
          'little, trending or popular products follow.',
        querystring: AskedQuery,
        response,
      },
      preValidation,
    },
    ({ query }, reply) => send(reply, answer(normalise(query))),
  );

  http.get(
    '/api/v1/users/:id/recommendations',
    {
      config: { access: userReaders('params.id') },
      schema: {
        tags,
        operationId: 'recommendForUser',
        summary: 'Recommend products to a user',
        description: 'The strategy `personal`.',
        params: IdParams,
        querystring: ListQuery,
        response,
      },
      preValidation,
    },
    ({ params, query }, reply) =>
      send(reply, answer(normalise({ ...query, strategy: 'personal', user_id: params.id }))),
  );

  http.get(
    '/api/v1/products/:id/similar',
    {
      config: { access: 'anyone' },
      schema: {
        tags,
        operationId: 'similarProducts',
        summary: 'Products similar to one',
        description: 'The strategy `similar`: what the shoppers of this product were at, too.',
        params: IdParams,
        querystring: ListQuery,
        response,
      },
      preValidation,
    },
    ({ params, query }, reply) =>
      send(reply, answer(normalise({ ...query, strategy: 'similar', product_id: params.id }))),
  );

  http.post(
    '/api/v1/recommendations/basket',
    {
      config: { access: 'anyone', requestClass: 'lists', limit: 'read' },
      schema: {
        tags,
        operationId: 'recommendForBasket',
        summary: 'Recommend products to a guest',
        description: 'By the products of a session, without a user. None of them is shown again.',
        body: BasketBody,
        response: { 200: Recommendations },
      },
    },
    async ({ body }) => {
      const at = now();
      return answerOf('basket', await recommenderFor().forBasket(normaliseBasket(body), at), at);
    },
  );
};

interface Reply {
  type(contentType: string): unknown;
  send(body: string): unknown;
}

/** What is there is sent at once: a promise for it would cost as much as the cache. */
const send = (reply: Reply, body: string | Promise<string>): Promise<string> | undefined => {
  reply.type(json);
  if (body instanceof Promise) return body;
  reply.send(body);
};
