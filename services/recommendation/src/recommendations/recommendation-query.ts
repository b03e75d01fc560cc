import { categoryLengthMax } from '@souk/contracts/product-updates.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { invalidRequest } from '@souk/service-kit/problem.ts';

const recommendationsMax = 100;
const excludedMax = 100;
const basketItemsMax = 100;

const strategies = ['popular', 'trending', 'similar', 'personal'] as const;
export type Strategy = (typeof strategies)[number];

/** A question in its normal form: equal for two that ask for the same. */
export interface RecommendationQuery {
  strategy: Strategy;
  limit: number;
  category?: string;
  /** Lower case, sorted, each once. */
  exclude: string[];
  userId?: string;
  productId?: string;
  /** Whether what the user bought may be shown. */
  bought: boolean;
}

/** The question for a guest's session. */
export interface BasketQuery extends Pick<RecommendationQuery, 'limit' | 'category' | 'exclude'> {
  items: { productId: string; atMs?: number }[];
}

const limitDefault = 10;

const limit = Type.Integer({ minimum: 1, maximum: recommendationsMax, default: limitDefault });
const category = Type.String({
  maxLength: categoryLengthMax,
  description: 'only products of exactly this one',
});
const exclude = Type.Array(uuid(), {
  maxItems: excludedMax,
  description: 'ids of products to leave out, separated by commas or given one by one',
});
const bought = Type.Enum(['exclude', 'include'], {
  default: 'exclude',
  description: '`include`: also what the user already has',
});

/** What every list of recommendations can be asked for. */
export const ListQuery = Type.Object(
  {
    limit: Type.Optional(limit),
    category: Type.Optional(category),
    exclude: Type.Optional(exclude),
    bought: Type.Optional(bought),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;

/** The question as a client asks it. */
export const AskedQuery = Type.Object(
  {
    ...ListQuery.properties,
    strategy: Type.Optional(
      Type.Enum([...strategies], {
        description:
          '`popular` (the default without a user): by all activity; `trending`: by activity that loses weight with ' +
          'its age; `similar`: by shoppers in common with product_id; `personal` (the default with a user): by the ' +
          'shoppers most like user_id',
      }),
    ),
    user_id: Type.Optional(uuid()),
    product_id: Type.Optional(uuid()),
  },
  { additionalProperties: false },
);
type AskedQuery = Static<typeof AskedQuery>;

export const BasketItems = Type.Array(Type.Object({ product_id: uuid(), at: Type.Optional(time()) }), {
  minItems: 1,
  maxItems: basketItemsMax,
  description: 'what the guest was at; without times the last is the newest',
});

export const BasketBody = Type.Object(
  {
    items: BasketItems,
    limit: Type.Optional(limit),
    category: Type.Optional(category),
    exclude: Type.Optional(Type.Array(uuid(), { maxItems: excludedMax })),
  },
  { additionalProperties: false },
);

/** Takes `exclude=a,b` for `exclude=a&exclude=b`. Runs before validation, on what the client sent. */
export const splitExclude = (query: Record<string, unknown>): void => {
  const { exclude } = query;
  if (exclude === undefined) return;
  const texts = (Array.isArray(exclude) ? exclude : [exclude]).filter((text) => text !== '');
  query.exclude = texts.flatMap((text) => String(text).split(','));
};

/** An empty category counts as none. Throws the 400 of a strategy whose subject is missing. */
export const normalise = ({ strategy, user_id, product_id, ...list }: AskedQuery): RecommendationQuery => {
  const chosen = strategy ?? (user_id === undefined ? 'popular' : 'personal');
  if (chosen === 'personal' && user_id === undefined) throw missing('user_id', chosen);
  if (chosen === 'similar' && product_id === undefined) throw missing('product_id', chosen);
  const query: RecommendationQuery = {
    ...normalList(list),
    strategy: chosen,
    bought: list.bought === 'include',
  };
  if (user_id !== undefined) query.userId = user_id.toLowerCase();
  if (product_id !== undefined && chosen === 'similar') query.productId = product_id.toLowerCase();
  return query;
};

export const normaliseBasket = ({ items, ...list }: Static<typeof BasketBody>): BasketQuery => ({
  ...normalList(list),
  items: basketItems(items),
});

export const basketItems = (items: Static<typeof BasketItems>): BasketQuery['items'] =>
  items.map(({ product_id, at }) => ({
    productId: product_id.toLowerCase(),
    ...(at === undefined ? {} : { atMs: Date.parse(at) }),
  }));

const normalList = ({ limit = limitDefault, category, exclude = [] }: ListQuery) => {
  // Most exclude nothing.
  const excluded =
    exclude.length === 0 ? exclude : [...new Set(exclude.map((id) => id.toLowerCase()))].sort();
  return category ? { limit, category, exclude: excluded } : { limit, exclude: excluded };
};

const missing = (field: string, strategy: Strategy) =>
  invalidRequest('query', [{ field, message: `is required by the strategy ${strategy}` }]);

/**
 * Equal exactly for equal questions in normal form, asked in the same variant of an experiment: the category, which may
 * be any text, comes last. A variant's name does not begin with a digit, as the limit does.
 */
export const cacheKey = (
  { strategy, limit, category = '', exclude, userId = '', productId = '', bought }: RecommendationQuery,
  seen?: { experiment: string; variant: string },
): string =>
  `${seen ? `${seen.experiment} ${seen.variant} ` : ''}${strategy} ${limit} ${exclude.join()} ${userId} ${productId} ${bought ? 'bought' : ''} ${category}`;
