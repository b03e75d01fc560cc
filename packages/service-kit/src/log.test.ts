import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

const capture = () => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: createLogger('user', { LOG_LEVEL: 'info', LOG_PRETTY: false }, destination) };
};

test('blanks personal data and secrets, at the top and two levels down', () => {
  const { lines, log } = capture();
  const person = { email: 'ada@example.org', name: 'Ada', password: 'hunter2', id: 7 };
  log.info(
    { ...person, user: person, request: { user: person, headers: { authorization: 'hunter2' } } },
    'seen',
  );
  expect(lines.join()).not.toMatch(/ada|Ada|hunter2/);
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    service: 'user',
    msg: 'seen',
    id: 7,
    user: { id: 7 },
  });
});

test('keeps of an error its kind, message, code, stack and causes, and no row of a table', () => {
  const { lines, log } = capture();
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(ada@example.org) already exists.',
    parameters: ['ada@example.org'],
  });
  log.error({ err: new TypeError('not saved', { cause }) }, 'failed');
  expect(lines.join()).not.toContain('ada');
  expect(JSON.parse(lines[0] as string).err).toMatchObject({
    type: 'TypeError',
    message: 'not saved',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'duplicate key', code: '23505' },
  });
});

test.each([
  { terminal: true, given: undefined, pretty: true },
  { terminal: false, given: undefined, pretty: false },
  { terminal: true, given: false, pretty: false },
  { terminal: false, given: true, pretty: true },
])('writes for people: $pretty, where LOG_PRETTY is $given and stdout is a terminal: $terminal', (line) => {
  const { terminal, given, pretty } = line;
  const config = JSON.stringify({ LOG_LEVEL: 'info', LOG_PRETTY: given });
  const script = `
    import { createLogger } from '${new URL('log.ts', import.meta.url)}';
    process.stdout.isTTY = ${terminal};
    createLogger('user', ${config}).info('hello');`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script]).toString();
  expect(output).toContain('hello');
  expect(output.startsWith('{')).toBe(!pretty);
});

test('says nothing below its level', () => {
  const { lines, log } = capture();
  log.debug('not seen');
  expect(lines).toEqual([]);
});
