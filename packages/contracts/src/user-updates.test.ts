import { expect, test } from 'vitest';
import { sessionUpdates } from './session-updates.ts';
import { userUpdates } from './user-updates.ts';

type Json = Record<string, unknown>;

interface Leaf {
  path: string;
  name: string;
  schema: Json;
}

/** Every schema below the root that describes a value, with the name of the property it stands under. */
const leaves = (path: string, name: string, schema: Json): Leaf[] => {
  if (schema.anyOf) return (schema.anyOf as Json[]).flatMap((option) => leaves(path, name, option));
  if (schema.type === 'array') return leaves(`${path}/[]`, name, schema.items as Json);
  if (schema.type !== 'object' || !schema.properties) return [{ path, name, schema }];
  return Object.entries(schema.properties as Json).flatMap(([property, value]) =>
    leaves(`${path}/${property}`, property, value as Json),
  );
};

const allLeaves = Object.entries({ ...userUpdates.events, ...sessionUpdates.events }).flatMap(
  ([type, schema]) => leaves(type, '', JSON.parse(JSON.stringify(schema))),
);

test('no user event has a property for personal data', () => {
  const personal =
    /mail|name|pass|secret|phone|address|city|zip|birth|gender|^ip|card|iban|comment|note|message|data/;
  expect(allLeaves.length).toBeGreaterThan(20);
  expect(allLeaves.filter(({ name }) => personal.test(name)).map(({ path }) => path)).toEqual([]);
});

test('the price of an activity, which names no currency, is described as hundredths', () => {
  const price = allLeaves.find(({ path }) => path === 'user.activity_recorded.v1/unit_price_minor');
  expect(price?.schema.description).toMatch(/hundredths/);
});

test('no user event has a property that takes free text or free structure', () => {
  const isBounded = ({ schema }: Leaf): boolean => {
    if (schema.type === 'string')
      return typeof schema.pattern === 'string' && /^\^.*\$$/.test(schema.pattern);
    return ['integer', 'boolean', 'null'].includes(schema.type as string);
  };
  expect(allLeaves.filter((leaf) => !isBounded(leaf)).map(({ path }) => path)).toEqual([]);
});
