import { Type } from '@souk/contracts/typebox.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { cutPage, pageOffsetMax, pageStart } from './paging.ts';

const Position = Type.Tuple([Type.String(), Type.Integer()]);
const code = (status: number, name: string) => expect.objectContaining({ statusCode: status, code: name });

test('a cursor gives back the values it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.maxSafeInteger(), (text, number) => {
      const cursor = encodeCursor([text, number]);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(Position, cursor)).toEqual([text, number]);
    }),
  );
});

test('whatever is not a cursor of this list is a 400 invalid_cursor', () => {
  const others = [
    '',
    '%',
    'abc',
    encodeCursor([1, 2]),
    encodeCursor(['a']),
    encodeCursor(['a', 1, 2]),
    'a'.repeat(5_000),
  ];
  for (const text of others) expect(() => decodeCursor(Position, text)).toThrow(code(400, 'invalid_cursor'));
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(Position, text)).toThrow(code(400, 'invalid_cursor'));
    }),
  );
});

test('a list begins at page 1, at a page, or after a cursor', () => {
  expect(pageStart({ limit: 10 }, Position)).toEqual({ limit: 10, offset: 0, page: 1 });
  expect(pageStart({ limit: 10, page: 3 }, Position)).toEqual({ limit: 10, offset: 20, page: 3 });
  expect(pageStart({ limit: 10, cursor: encodeCursor(['a', 1]) }, Position)).toEqual({
    limit: 10,
    offset: 0,
    after: ['a', 1],
  });
});

test('page and cursor together, or a page too far out, are a 400', () => {
  const cursor = encodeCursor(['a', 1]);
  expect(() => pageStart({ limit: 10, page: 1, cursor }, Position)).toThrow(code(400, 'invalid_request'));
  expect(() => pageStart({ limit: 10, page: pageOffsetMax }, Position)).toThrow(code(400, 'invalid_request'));
});

test('going on with next_cursor reads every row once, and the last page has none', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 10 }), (count, limit) => {
      const table = Array.from({ length: count }, (_, id) => id);
      const seen: number[] = [];
      let cursor: string | null | undefined;
      do {
        const after = cursor ? decodeCursor(Type.Tuple([Type.Integer()]), cursor)[0] : -1;
        const rows = table.filter((id) => id > after).slice(0, limit + 1);
        const page = cutPage(rows, limit, (id) => [id]);
        seen.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor);
      expect(seen).toEqual(table);
    }),
  );
});
