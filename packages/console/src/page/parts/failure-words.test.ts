import { expect, test } from 'vitest';
import { failureWords } from './failure-words.ts';

const failure = (status: number, code = 'error') =>
  Object.assign(new Error('kafka does not answer'), { status, code, errors: [], requestId: null });

test.for([
  failure(0, 'console_unreachable'),
  failure(502, 'service_unreachable'),
  failure(503, 'kafka_unreachable'),
])('says that it is asked again only of what the page asks again: %s', (error) => {
  expect(failureWords(error, 'the orders', true).text).toContain('asked again by itself');
  expect(failureWords(error, 'the action', false)).toEqual({
    title: 'The action failed',
    text: 'Kafka does not answer.',
  });
});
