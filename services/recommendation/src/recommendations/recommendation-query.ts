import { categoryLengthMax } from '@souk/contracts/product-updates.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import Type, { type Static } from 'typebox';

const recommendationsMax = 100;
const excludedMax = 100;

export type Strategy = 'popular' | 'trending';

/** A question in its normal form: equal for two that ask for the same. */
export interface RecommendationQuery {
  strategy: Strategy;
  limit: number;
  category?: string;
  /** Lower case, sorted, each once. */
  exclude: string[];
}

const defaults = { strategy: 'popular' as const, limit: 10 };

/** The question as a client asks it. */
export const AskedQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: recommendationsMax, default: defaults.limit })),
    strategy: Type.Optional(
      Type.Enum(['popular', 'trending'], {
        default: defaults.strategy,
        description:
          '`popular`: by all activity ever; `trending`: by activity that loses weight with its age',
      }),
    ),
    category: Type.Optional(
      Type.String({ maxLength: categoryLengthMax, description: 'only products of exactly this one' }),
    ),
    exclude: Type.Optional(
      Type.Array(uuid(), {
        maxItems: excludedMax,
        description: 'ids of products to leave out, separated by commas or given one by one',
      }),
    ),
  },
  { additionalProperties: false },
);
type AskedQuery = Static<typeof AskedQuery>;

/** Takes `exclude=a,b` for `exclude=a&exclude=b`. Runs before validation, on what the client sent. */
export const splitExclude = (query: Record<string, unknown>): void => {
  const { exclude } = query;
  if (exclude === undefined) return;
  const texts = (Array.isArray(exclude) ? exclude : [exclude]).filter((text) => text !== '');
  query.exclude = texts.flatMap((text) => String(text).split(','));
};

/** An empty category counts as none. */
export const normalise = ({
  limit = defaults.limit,
  strategy = defaults.strategy,
  category,
  exclude,
}: AskedQuery): RecommendationQuery => ({
  strategy,
  limit,
  ...(category && { category }),
  exclude: exclude ? [...new Set(exclude.map((id) => id.toLowerCase()))].sort() : [],
});

/** Equal exactly for equal questions in normal form: the category, which may be any text, comes last. */
export const cacheKey = ({ strategy, limit, category = '', exclude }: RecommendationQuery): string =>
  `${strategy} ${limit} ${exclude.join()} ${category}`;
