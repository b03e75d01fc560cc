import type { Ranked } from './recommendation.ts';
import type { Selection } from './recommendation-repository.ts';

/** One way to find products: the best first, none that is excluded. */
export type Source = (selection: Selection & { limit: number }) => Promise<Ranked[]>;

export interface Page extends Selection {
  limit: number;
  /** Product keys that the shopper has: left out, unless there is nothing else. */
  own: readonly number[];
}

/** Fills a page from the sources, one after the other until it is full, each product once. */
export const pageOf = async (
  { limit, own, exclude, ...selection }: Page,
  sources: readonly Source[],
): Promise<Ranked[]> => {
  const page: Ranked[] = [];
  const fill = async (source: Source, without: readonly number[]) => {
    if (page.length >= limit) return;
    const shown = page.map(({ row }) => row.product_key);
    const missing = limit - page.length;
    const found = await source({ ...selection, limit: missing, exclude: [...exclude, ...without, ...shown] });
    page.push(...found.slice(0, missing));
  };
  for (const source of sources) await fill(source, own);
  const last = sources.at(-1);
  if (page.length === 0 && own.length > 0 && last) await fill(last, []);
  return page;
};
