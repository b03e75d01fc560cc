/** Lines of source text: a placeholder in them is meant as it stands. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: see above

/** A safety line of the code, taken away: `from` becomes `to`, and the test must fail. */
export interface Mutation {
  /** What is taken away, as the models call it. */
  line: string;
  /** Below the package's `src`. */
  file: string;
  /** Occurs once in the file. */
  from: string;
  to: string;
  /** The test that must fail: its file below `src`, and its title or the beginning of it. */
  test: [file: string, title: string];
}

const relayTest = (title: string): Mutation['test'] => ['outbox/relay.integration.test.ts', title];
const pipelineTest = (title: string): Mutation['test'] => ['outbox/pipeline.integration.test.ts', title];

export const mutations: readonly Mutation[] = [
  {
    line: 'the fence: reads every row that is visible',
    file: 'outbox/outbox-store.ts',
    from: 'and id <= ${fence} order by',
    to: 'and ${fence} = ${fence} order by',
    test: relayTest('reads nothing above the fence, although it can be seen'),
  },
  {
    line: 'the wait for the transactions under way',
    file: 'outbox/fence.ts',
    from: 'writers.length > 0; pollMs',
    to: 'writers.length > 1_000; pollMs',
    test: relayTest('waits for a transaction that took its number early and commits late'),
  },
  {
    line: 'the order of the numbers',
    file: 'outbox/outbox-store.ts',
    from: 'order by outbox.id limit',
    to: 'order by outbox.id desc limit',
    test: relayTest('publishes every committed version, in order, with slow and aborted writers on hot rows'),
  },
  {
    line: "the comparison of the broker's log with what it once acknowledged",
    file: 'outbox/publish-loop.ts',
    from: 'if (logEnd > acknowledgedOffset) continue;',
    to: 'if (logEnd > -1) continue;',
    test: relayTest('publishes the retained outbox again, in order, to a broker that lost its log'),
  },
  {
    line: 'the wait for the disk when the cursor goes back to the start',
    file: 'outbox/outbox-store.ts',
    from: 'log_ends = ${sql.json(start.logEnds)}`',
    to: "log_ends = ${sql.json(start.logEnds)} where set_config('synchronous_commit', 'off', true) = 'off'`",
    test: pipelineTest('a Postgres that crashes brings back an earlier cursor at worst'),
  },
  {
    line: "the end of the producer's session with its broker",
    file: 'kafka/producer.ts',
    from: "producer.on('event.error', (error) => end(kafkaFailure('producer', error)));",
    to: "producer.on('event.error', () => undefined);",
    test: relayTest(
      'sends nothing of a broken session ahead of what its broker lost, however long it waited',
    ),
  },
  {
    line: 'the wait for the acknowledgement before the cursor moves',
    file: 'outbox/publish-loop.ts',
    from: 'await Promise.all([before, published]);',
    to: 'await Promise.all([before, { lastId: start.lastId + 1_000, logEnds: {} }]);',
    test: pipelineTest(
      'keep the order of the numbers, and the cursor passes nothing that Kafka has not acknowledged',
    ),
  },
  {
    line: 'the lock of the one leader',
    file: 'outbox/leadership.ts',
    from: 'then pg_try_advisory_lock(hashtextextended(${lockName}, 0)) end',
    to: "then ${lockName} <> '' end",
    test: relayTest('has one leader among replicas, and another one as soon as it is gone'),
  },
];
