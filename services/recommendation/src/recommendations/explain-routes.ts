import { Type } from '@souk/contracts/typebox.ts';
import type { AccessRule } from '@souk/service-kit/access/access.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { VariantSetting, Variants } from '../experiments/variants.ts';
import { Explanation } from './explanation.ts';
import { BasketItems, basketItems } from './recommendation-query.ts';
import type { Recommender } from './recommender.ts';

const analysts: AccessRule = { roles: ['analyst', 'admin'], scope: 'analytics:read' };

const tags = ['recommendations'];
const summary = 'Explain a score';

interface ExplainRoutes {
  recommenderFor: (variant?: VariantSetting) => Recommender;
  variants: Variants;
  now: () => Date;
}

/** For the operator who asks: why this? By the settings of the variant that the user sees. */
export const explainRoutes = (http: Http, { recommenderFor, variants, now }: ExplainRoutes): void => {
  http.get(
    '/api/v1/recommendations/explain',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'explainRecommendation',
        summary,
        description: 'The parts of the score of one product in the strategy `personal` of a user.',
        querystring: Type.Object({ user_id: uuid(), product_id: uuid() }, { additionalProperties: false }),
        response: { 200: Explanation },
      },
    },
    ({ query }) => {
      const [userId, at] = [query.user_id.toLowerCase(), now()];
      const recommender = recommenderFor(variants.of(userId, at.getTime()));
      return recommender.explain({ userId }, query.product_id.toLowerCase(), at);
    },
  );

  http.post(
    '/api/v1/recommendations/explain',
    {
      config: { access: analysts, limit: 'read' },
      schema: {
        tags,
        operationId: 'explainBasketRecommendation',
        summary,
        description: 'The parts of the score of one product for the products of a session.',
        body: Type.Object({ product_id: uuid(), items: BasketItems }, { additionalProperties: false }),
        response: { 200: Explanation },
      },
    },
    ({ body }) =>
      recommenderFor().explain({ items: basketItems(body.items) }, body.product_id.toLowerCase(), now()),
  );
};
