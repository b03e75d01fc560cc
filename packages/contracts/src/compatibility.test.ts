import { describe, expect, test } from 'vitest';
import { breakingChanges, type JsonSchema, narrowingChanges } from './compatibility.ts';
import { type TSchema, Type } from './typebox.ts';

const json = (schema: TSchema): JsonSchema => JSON.parse(JSON.stringify(schema));

const fields = {
  id: Type.String({ format: 'uuid' }),
  title: Type.String({ maxLength: 10 }),
  count: Type.Integer({ minimum: 1, maximum: 9 }),
  state: Type.Enum(['open', 'closed']),
  note: Type.Optional(Type.String()),
  lines: Type.Array(Type.Object({ sku: Type.String(), amount: Type.Integer() }), { maxItems: 5 }),
  sender: Type.Union([Type.Object({ city: Type.String() }), Type.Null()]),
};

const changed = (
  change: Record<string, TSchema>,
  omit: (keyof typeof fields)[] = [],
  changes = breakingChanges,
): string[] => {
  const kept = Object.entries(fields).filter(([name]) => !omit.includes(name as keyof typeof fields));
  return changes(json(Type.Object(fields)), json(Type.Object({ ...Object.fromEntries(kept), ...change })));
};

const line = { sku: Type.String(), amount: Type.Integer() };

describe('breaks', () => {
  test.each<[string, string[], Record<string, TSchema>, (keyof typeof fields)[]?]>([
    ['a removed property', ['/count: removed'], {}, ['count']],
    ['a removed optional property', ['/note: removed'], {}, ['note']],
    [
      'a renamed property',
      ['/count: removed', '/total: added as required'],
      { total: fields.count },
      ['count'],
    ],
    ['a required property that is new', ['/weight: added as required'], { weight: Type.Integer() }],
    ['a required property made optional', ['/count: made optional'], { count: Type.Optional(fields.count) }],
    ['an optional property made required', ['/note: made required'], { note: Type.String() }],
    ['another type', ['/title: type changed', '/title: maxLength removed'], { title: Type.Integer() }],
    ['a wider number', ['/count: type changed'], { count: Type.Number({ minimum: 1, maximum: 9 }) }],
    ['a property made nullable', ['/count: '], { count: Type.Union([fields.count, Type.Null()]) }],
    [
      'a higher maximum',
      ['/count: maximum changed from 9 to 10'],
      { count: Type.Integer({ minimum: 1, maximum: 10 }) },
    ],
    [
      'a lower maximum',
      ['/count: maximum changed from 9 to 8'],
      { count: Type.Integer({ minimum: 1, maximum: 8 }) },
    ],
    ['a minimum taken away', ['/count: minimum removed'], { count: Type.Integer({ maximum: 9 }) }],
    ['a longer text', ['/title: maxLength changed from 10 to 11'], { title: Type.String({ maxLength: 11 }) }],
    ['a shorter text', ['/title: maxLength changed from 10 to 9'], { title: Type.String({ maxLength: 9 }) }],
    ['a pattern', ['/title: pattern added'], { title: Type.String({ maxLength: 10, pattern: '^a' }) }],
    ['another format', ['/id: format changed'], { id: Type.String({ format: 'email' }) }],
    ['a new member of an enum', ['/state: enum changed'], { state: Type.Enum(['open', 'closed', 'lost']) }],
    ['a member of an enum taken away', ['/state: enum changed'], { state: Type.Enum(['open']) }],
    [
      'a longer list',
      ['/lines: maxItems changed'],
      { lines: Type.Array(Type.Object(line), { maxItems: 6 }) },
    ],
    [
      'a property removed within a list',
      ['/lines/[]/amount: removed'],
      { lines: Type.Array(Type.Object({ sku: line.sku }), { maxItems: 5 }) },
    ],
    [
      'a required property that is new within a list',
      ['/lines/[]/colour: added as required'],
      { lines: Type.Array(Type.Object({ ...line, colour: Type.String() }), { maxItems: 5 }) },
    ],
    [
      'a retyped property within an alternative',
      ['/sender/anyOf[0]/city: type changed'],
      { sender: Type.Union([Type.Object({ city: Type.Integer() }), Type.Null()]) },
    ],
    ['an alternative taken away', ['/sender: '], { sender: Type.Object({ city: Type.String() }) }],
  ])('%s', (_, expected, change, omit) => {
    const problems = changed(change, omit);
    expect(problems).not.toEqual([]);
    for (const start of expected) expect(problems).toContainEqual(expect.stringContaining(start));
  });

  test('an object that is closed to further properties', () => {
    const closed = { ...json(Type.Object(fields)), additionalProperties: false };
    expect(breakingChanges(json(Type.Object(fields)), closed)).toEqual(['/: additionalProperties added']);
  });

  test('an optional property added to a closed object', () => {
    const closed = { ...json(Type.Object({ id: fields.id })), additionalProperties: false };
    const added = { ...json(Type.Object({ id: fields.id, note: fields.note })), additionalProperties: false };
    expect(breakingChanges(closed, added)).toEqual(['/note: added to a closed object']);
  });

  test('a name that is required without being described', () => {
    const published = json(Type.Object({ id: fields.id }));
    expect(breakingChanges(published, { ...published, required: ['id', 'note'] })).toEqual([
      '/note: made required',
    ]);
  });

  test('several things, all named at once', () => {
    expect(changed({ count: Type.String() }, ['title', 'state']).length).toBeGreaterThanOrEqual(3);
  });
});

describe('keeps', () => {
  test.each<[string, Record<string, TSchema>]>([
    ['the same schema', {}],
    ['an added optional property', { colour: Type.Optional(Type.String()) }],
    [
      'an added optional property that has the name of an annotation',
      { description: Type.Optional(Type.String()) },
    ],
    [
      'an added optional property within a list',
      { lines: Type.Array(Type.Object({ ...line, colour: Type.Optional(Type.String()) }), { maxItems: 5 }) },
    ],
    [
      'an added optional property within an alternative',
      {
        sender: Type.Union([
          Type.Object({ city: Type.String(), zip: Type.Optional(Type.String()) }),
          Type.Null(),
        ]),
      },
    ],
    [
      'other annotations',
      { count: Type.Integer({ minimum: 1, maximum: 9, title: 'Count', default: 1, examples: [2] }) },
    ],
    ['members of an enum in another order', { state: Type.Enum(['closed', 'open']) }],
  ])('%s', (_, change) => {
    expect(changed(change)).toEqual([]);
  });

  test('properties in another order', () => {
    const reversed = Object.fromEntries(Object.entries(fields).reverse());
    expect(breakingChanges(json(Type.Object(fields)), json(Type.Object(reversed)))).toEqual([]);
  });
});

describe('narrows', () => {
  test.each<[string, string[], Record<string, TSchema>, (keyof typeof fields)[]?]>([
    ['a removed property, which would be ignored', ['/count: removed'], {}, ['count']],
    ['a removed optional property', ['/note: removed'], {}, ['note']],
    ['a required property that is new', ['/weight: added as required'], { weight: Type.Integer() }],
    ['an optional property made required', ['/note: made required'], { note: Type.String() }],
    ['another type', ['/title: type changed'], { title: Type.Integer() }],
    [
      'a limit that is new',
      ['/note: maxLength added'],
      { note: Type.Optional(Type.String({ maxLength: 9 })) },
    ],
    ['a lower maximum', ['/count: maximum changed'], { count: Type.Integer({ minimum: 1, maximum: 8 }) }],
    ['a higher minimum', ['/count: minimum changed'], { count: Type.Integer({ minimum: 2, maximum: 9 }) }],
    ['another format', ['/id: format changed'], { id: Type.String({ format: 'email' }) }],
    ['a pattern', ['/title: pattern added'], { title: Type.String({ maxLength: 10, pattern: '^a' }) }],
    ['a member of an enum taken away', ['/state: enum changed'], { state: Type.Enum(['open', 'lost']) }],
    [
      'an alternative taken away',
      ['/sender: anyOf changed'],
      { sender: Type.Union([Type.Object({ city: Type.String() })]) },
    ],
    [
      'a narrower value among new alternatives',
      ['/count: anyOf added'],
      { count: Type.Union([Type.Integer({ minimum: 1, maximum: 8 }), Type.Null()]) },
    ],
    [
      'a lower limit within a list',
      ['/lines/[]/sku: maxLength added'],
      { lines: Type.Array(Type.Object({ ...line, sku: Type.String({ maxLength: 9 }) }), { maxItems: 5 }) },
    ],
  ])('%s', (_, expected, change, omit) => {
    const problems = changed(change, omit, narrowingChanges);
    for (const start of expected) expect(problems).toContainEqual(expect.stringContaining(start));
  });
});

describe('does not narrow', () => {
  test.each<[string, Record<string, TSchema>]>([
    ['an added optional property', { colour: Type.Optional(Type.String()) }],
    ['a required property made optional', { count: Type.Optional(fields.count) }],
    ['a higher maximum', { count: Type.Integer({ minimum: 1, maximum: 10 }) }],
    ['a lower minimum', { count: Type.Integer({ minimum: 0, maximum: 9 }) }],
    ['a limit taken away', { title: Type.String() }],
    ['a longer list', { lines: Type.Array(Type.Object(line), { maxItems: 6 }) }],
    ['a wider number', { count: Type.Number({ minimum: 1, maximum: 9 }) }],
    ['a new member of an enum', { state: Type.Enum(['open', 'closed', 'lost']) }],
    ['a property made nullable', { count: Type.Union([fields.count, Type.Null()]) }],
    [
      'a further alternative',
      { sender: Type.Union([Type.Object({ city: Type.String() }), Type.Null(), Type.String()]) },
    ],
  ])('%s', (_, change) => {
    expect(changed(change, [], narrowingChanges)).toEqual([]);
  });
});

test('a property named like an annotation is compared like any other', () => {
  const published = json(Type.Object({ description: Type.String() }));
  const current = json(Type.Object({ description: Type.Integer() }));
  expect(breakingChanges(published, current)).toEqual([
    expect.stringContaining('/description: type changed'),
  ]);
});
