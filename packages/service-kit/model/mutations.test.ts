import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from './mutations.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, '../src', file), 'utf8');

test.each(mutations)(
  'mutate.ts finds the line that it takes away, and the test that notices: $line',
  ({ file, from, test: [testFile, title] }) => {
    expect(read(file).split(from), `${file} does not have this line once: ${from}`).toHaveLength(2);
    expect(read(testFile), `${testFile} does not have this test`).toContain(title);
  },
);
