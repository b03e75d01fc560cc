import TypeBox from 'typebox';
import { expect, test } from 'vitest';
import { Type } from './typebox.ts';

type Builders = typeof Type;
const options = { description: 'd', default: null };
const check = () => true;

test.each<[keyof typeof Type, (type: Builders) => object]>([
  ['Array', (type) => type.Array(type.String(), options)],
  ['Boolean', (type) => type.Boolean(options)],
  ['Enum', (type) => type.Enum(['a', 'b'], options)],
  ['Integer', (type) => type.Integer({ minimum: 1 })],
  ['Literal', (type) => type.Tuple([type.Literal('a', options), type.Literal(1), type.Literal(true)])],
  ['Null', (type) => type.Null()],
  ['Number', (type) => type.Number()],
  ['Object', (type) => type.Object({ a: type.Optional(type.Null()), b: type.String() }, options)],
  ['Object', (type) => type.Object({ a: type.Optional(type.Null()) })],
  ['Optional', (type) => type.Optional(type.Refine(type.String(options), check))],
  ['Record', (type) => type.Record(type.String(), type.Integer(), options)],
  ['Record', (type) => type.Record(type.String({ pattern: '^a$' }), type.Integer())],
  ['Ref', (type) => type.Ref('Name#')],
  ['Refine', (type) => type.Refine(type.Optional(type.String()), check)],
  ['Refine', (type) => type.Refine(type.Refine(type.String(), check), check, check as never)],
  ['String', (type) => type.String({ ...options, pattern: '^a$' })],
  ['Tuple', (type) => type.Tuple([type.String(), type.Integer()], options)],
  ['Union', (type) => type.Union([type.Null(), type.String()], options)],
  ['Unknown', (type) => type.Unknown(options)],
  ['Unsafe', (type) => type.Unsafe(type.String())],
])('%s makes what TypeBox makes, in its order, with what it hides', (_name, make) => {
  expect(visible(make(Type))).toEqual(visible(make(TypeBox)));
});

/** All properties of all parts, those that are not enumerable first. */
const visible = (part: unknown): unknown => {
  if (typeof part === 'function') return part();
  if (typeof part !== 'object' || part === null) return part;
  return Object.entries(Object.getOwnPropertyDescriptors(part))
    .map(([name, { enumerable, value }]) => [enumerable, name, visible(value)])
    .sort(([a], [b]) => Number(a) - Number(b));
};
