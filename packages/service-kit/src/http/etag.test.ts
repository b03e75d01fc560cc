import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { etag, expectedVersion, IfMatchHeader } from './etag.ts';

test('a version comes back from its ETag', () => {
  expect(expectedVersion(etag(7))).toBe(7);
  expect(expectedVersion('7')).toBe(7);
});

test('without If-Match, and with *, any version will do', () => {
  expect(expectedVersion(undefined)).toBeUndefined();
  expect(expectedVersion('*')).toBeUndefined();
});

test.each(['W/"7"', '"abc"', '""'])('%s is the ETag of no version', (text) => {
  expect(() => expectedVersion(text)).toThrow(
    expect.objectContaining({ statusCode: 412, code: 'version_mismatch' }),
  );
});

test.each(['', 'abc', '"7', '7"', ' 7', '"7", "8"'])('the header %s is not valid', (text) => {
  expect(Value.Check(IfMatchHeader, { 'if-match': text })).toBe(false);
});

test.each(['7', '"7"', '*', 'W/"7"', '"abc"'])('the header %s is valid', (text) => {
  expect(Value.Check(IfMatchHeader, { 'if-match': text })).toBe(true);
});
