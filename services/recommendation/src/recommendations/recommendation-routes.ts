import type { ResponseCache } from '@souk/service-kit/cache/response-cache.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import Type from 'typebox';
import { Recommendations, recommend } from './recommendation.ts';
import { AskedQuery, cacheKey, normalise, splitExclude } from './recommendation-query.ts';
import type { RecommendationRepository } from './recommendation-repository.ts';

interface RecommendationRoutes {
  products: RecommendationRepository;
  cache: ResponseCache;
  halfLifeMs: number;
  now: () => Date;
}

/** The route of recommendations, under /api/v1/recommendations and, in short, /recommendations. */
export const recommendationRoutes = (
  http: Http,
  { products, cache, halfLifeMs, now }: RecommendationRoutes,
): void => {
  http.get(
    '/api/v1/recommendations',
    {
      config: { access: 'anyone', alsoAt: ['/recommendations'] },
      schema: {
        tags: ['recommendations'],
        operationId: 'recommend',
        summary: 'Recommend products',
        description:
          'Products that can be bought, best first; without deleted and sold out ones. ' +
          'An activity shows in the answers within a fraction of a second.',
        querystring: AskedQuery,
        // Ready-made bytes of that shape.
        response: { 200: Type.Unsafe<Buffer>(Recommendations) },
      },
      preValidation: ({ query }, _reply, done) => {
        splitExclude(query as Record<string, unknown>);
        done();
      },
    },
    async (request, reply) => {
      const query = normalise(request.query);
      const body = await cache.get(cacheKey(query), async () => {
        const answer = recommend(query.strategy, await products.top(query), { now: now(), halfLifeMs });
        return Buffer.from(JSON.stringify(answer));
      });
      return reply.type('application/json; charset=utf-8').send(body);
    },
  );
};
