import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placesOf } from '../files/find-table.ts';
import { retailSample } from '../testing/retail-sample.ts';
import { eachLineOnce } from './each-line-once.ts';
import { retailColumns } from './retail-columns.ts';
import { readLine } from './retail-line.ts';

const [header = '', ...sample] = retailSample();
const { places } = placesOf(header.split(','), retailColumns);

/** The identities of what is imported of these lines, without the commas that are in quotes. */
const identitiesOf = async (lines: readonly string[]): Promise<string[]> => {
  const read = lines.map((line) =>
    readLine(line.replaceAll('"ROUND, ', 'ROUND ').replaceAll('"', '').split(','), {
      places,
      fieldCount: 8,
      decimal: '.',
      dateOrder: undefined,
    }),
  );
  const source = async function* () {
    yield* read;
  };
  const found: string[] = [];
  // Whatever comes back is looked at: to know which invoices do is only to save memory.
  const returning = new Set(read.map(({ invoice }) => invoice));
  for await (const { identified } of eachLineOnce(source(), returning))
    if (identified) found.push(identified.identity);
  return found;
};

test('takes the lines of one file once each, also those that stand twice in an invoice', async () => {
  const identities = await identitiesOf(sample);
  expect(identities).toHaveLength(320);
  expect(new Set(identities).size).toBe(320);
  const twice = sample.filter((line, at) => sample.indexOf(line) !== at);
  expect(twice.length).toBeGreaterThan(10);
});

test('takes each line once of two joined files, wherever both begin and end', async () => {
  const whole = new Set(await identitiesOf(sample));
  const place = fc.nat(sample.length);
  await fc.assert(
    fc.asyncProperty(place, place, async (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      // One line that both files have cannot be told from one that stands twice.
      fc.pre(new Set(sample.slice(from, to)).size !== 1);
      for (const joined of [
        [...sample.slice(0, to), ...sample.slice(from)],
        [...sample, ...sample.slice(from, to)],
      ]) {
        const identities = await identitiesOf(joined);
        expect(identities).toHaveLength(whole.size);
        expect(new Set(identities)).toEqual(whole);
      }
    }),
    { numRuns: 60 },
  );
});

test('takes each line once of two files joined the later one first', async () => {
  const whole = await identitiesOf(sample);
  const invoiceOf = (line: string | undefined) => line?.split(',')[0];
  const begins = [...sample.keys()].filter((at) => invoiceOf(sample[at]) !== invoiceOf(sample[at - 1]));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...begins), fc.nat(sample.length), async (from, to) => {
      fc.pre(from <= to);
      const identities = await identitiesOf([...sample.slice(from), ...sample.slice(0, to)]);
      expect(identities.toSorted()).toEqual(whole.toSorted());
    }),
    { numRuns: 60 },
  );
});

test('gives a line the same identity in a file that begins or ends within its invoice', async () => {
  const whole = new Set(await identitiesOf(sample));
  await fc.assert(
    fc.asyncProperty(fc.nat(sample.length), async (cut) => {
      const parts = [await identitiesOf(sample.slice(0, cut)), await identitiesOf(sample.slice(cut))];
      const union = new Set(parts.flat());
      for (const identity of union) expect(whole).toContain(identity);
      // Equal lines on both sides of the cut are one line for both files.
      expect(whole.size - union.size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60 },
  );
});

test('keeps any number of equal lines of an invoice', async () => {
  const line = sample[0] as string;
  for (const count of [1, 2, 3, 4, 7, 8, 2_500])
    expect(await identitiesOf(Array.from({ length: count }, () => line))).toHaveLength(count);
});
