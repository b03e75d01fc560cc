import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakingChanges, type JsonSchema, narrowingChanges } from './compatibility.ts';
import { arbitraryData } from './testing/arbitrary-data.ts';
import { documentTopics, topics } from './topics.ts';
import type { TSchema } from './typebox.ts';

const json = (schema: TSchema): JsonSchema => JSON.parse(JSON.stringify(schema));

/** Every edited schema is compiled. */
const compilationsTimeoutMs = 60_000;

describe('what is not called breaking', () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);

  const schemas = topics.flatMap(({ events }) => Object.values(events).map(json));
  const words = fc.constantFrom(
    'title',
    'type',
    'maximum',
    'maxItems',
    'pattern',
    'required',
    'cart',
    'colour',
    'sku',
  );
  const values = fc.constantFrom<unknown>(
    'string',
    5,
    ['colour'],
    [],
    { type: 'null' },
    { type: 'integer', minimum: 0, maximum: 5 },
  );

  /** The schema with one keyword or property somewhere in it set to something else, or taken away. */
  const edited = (
    schema: JsonSchema,
    place: number,
    word: string,
    value: unknown,
    take: boolean,
  ): JsonSchema => {
    const copy = structuredClone(schema);
    const nodes: Record<string, unknown>[] = [];
    JSON.stringify(copy, (_, node) => {
      if (typeof node === 'object' && node !== null && !Array.isArray(node)) nodes.push(node);
      return node;
    });
    const node = nodes[place % nodes.length] as Record<string, unknown>;
    const names = Object.keys(node);
    if (take && names.length > 0) delete node[names[place % names.length] as string];
    else node[word] = value;
    return copy;
  };

  test('lets the same data through as before, whatever was edited', () => {
    let kept = 0;
    const property = fc.property(
      fc.constantFrom(...schemas),
      fc.nat(1_000),
      words,
      values,
      fc.boolean(),
      fc.nat(),
      (published, place, word, value, take, seed) => {
        const current = edited(published, place, word, value, take);
        if (!ajv.validateSchema(current) || breakingChanges(published, current).length > 0) return;
        kept += 1;
        for (const [writer, reader] of [
          [published, current],
          [current, published],
        ] as const)
          for (const data of fc.sample(arbitraryData(writer), { numRuns: 3, seed }))
            expect(ajv.validate(reader, data), JSON.stringify({ current, data })).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 300 });
    expect(kept).toBeGreaterThan(20);
  });

  test('takes the documents it took before, whatever was edited, where it does not narrow', {
    timeout: compilationsTimeoutMs,
  }, () => {
    const [published] = documentTopics.map(({ document }) => json(document)) as [JsonSchema];
    const documents = fc.sample(arbitraryData(published), 10);
    let widened = 0;
    const property = fc.property(fc.nat(1_000), words, values, fc.boolean(), (place, word, value, take) => {
      const current = edited(published, place, word, value, take);
      if (!ajv.validateSchema(current) || narrowingChanges(published, current).length > 0) return;
      if (breakingChanges(published, current).length > 0) widened += 1;
      for (const document of documents)
        expect(ajv.validate(current, document), JSON.stringify({ current, document })).toBe(true);
    });
    fc.assert(property, { numRuns: 100 });
    expect(widened).toBeGreaterThan(5);
  });
});
