import type { paths as AnalyticsPaths } from '@souk/client/generated/analytics.ts';
import type { paths as ProductPaths } from '@souk/client/generated/product.ts';
import type { paths as RecommendationPaths } from '@souk/client/generated/recommendation.ts';
import type { paths as UserPaths } from '@souk/client/generated/user.ts';

interface Documents {
  user: UserPaths;
  product: ProductPaths;
  recommendation: RecommendationPaths;
  analytics: AnalyticsPaths;
}
type Service = keyof Documents;
type PathOf<S extends Service> = keyof Documents[S] & string;
type GetOf<S extends Service, P extends PathOf<S>> = Documents[S][P] extends { get: infer Get } ? Get : never;

/** What a service answers to a GET. */
export type AnswerTo<S extends Service, P extends PathOf<S>> =
  GetOf<S, P> extends { responses: { 200: { content: { 'application/json': infer Data } } } } ? Data : never;

type Given<Part> = [Part] extends [never] ? unknown : Part;
type ParamsOf<Get> = Get extends { parameters: { path?: infer Path; query?: infer Query } }
  ? Given<NonNullable<Path>> & Given<NonNullable<Query>>
  : never;
type OrNone<Params> = { [Name in keyof Params]: Params[Name] | undefined };

/** An address whose answer is a T. It is what a view loads, and what it knows an answer by. */
export type Address<T> = string & { readonly answer?: T };

/** The address of a GET of a service, by its OpenAPI document. What is empty or undefined is left out of the query. */
export const addressOf = <S extends Service, P extends PathOf<S>>(
  service: S,
  path: P,
  params: OrNone<ParamsOf<GetOf<S, P>>>,
): Address<AnswerTo<S, P>> => {
  const query = new Map(Object.entries(params as Record<string, unknown>));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(query.get(name));
    query.delete(name);
    return encodeURIComponent(value);
  });
  return withQuery(`/api/${service}${filled}`, Object.fromEntries(query));
};

/** A path with a query, without what is empty or undefined. */
export const withQuery = (path: string, query: Record<string, unknown>): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
};
