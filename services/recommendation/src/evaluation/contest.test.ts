import { expect, test } from 'vitest';
import { createContest } from './contest.ts';

const none = new Int32Array();
const data = {
  ...{ userCount: 1, productCount: 4, productsOf: [none], usersOf: [none, none, none, none] },
  ...{ popularityRanks: Int32Array.of(0, 1, 2, 3), mostPopular: [0, 1, 2, 3] },
};

/** As many sessions of two questions, each about a product that is first for one and second for the other. */
const scores = (sessions: number) => {
  const contest = createContest({ data, size: 2, negatives: 0, seed: 1, random: Math.random });
  for (let session = 0; session < sessions; session += 1) {
    const ask = contest.group();
    const easy = session % 2 === 0;
    ask({ product: easy ? 0 : 3, without: new Set() }, { 'item-kNN': [1, 0], personal: [0, 1] });
    ask({ product: easy ? 0 : 3, without: new Set() }, { 'item-kNN': [1, 0], personal: [0, 1] });
  }
  return Object.fromEntries(contest.scores().map((score) => [score.contender, score]));
};

test('a difference from item-kNN is that of the same questions, and its interval narrower than that of either', () => {
  const { personal, 'item-kNN': itemKnn } = scores(100);
  expect(personal?.metrics['MRR@2']?.value).toBe(0.5);
  expect(itemKnn?.metrics['MRR@2']?.value).toBe(0.25);
  const width = ({ low = 0, high = 0 } = {}) => high - low;
  expect(personal?.aheadOfItemKnn['MRR@2']?.value).toBe(0.25);
  expect(width(personal?.aheadOfItemKnn['MRR@2'])).toBeLessThan(width(personal?.metrics['MRR@2']));
  expect(itemKnn?.aheadOfItemKnn['MRR@2']).toEqual({ value: 0, low: 0, high: 0 });
});
