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
const relayInPostgresTest = (title: string): Mutation['test'] => [
  'outbox/relay-in-postgres.integration.test.ts',
  title,
];
const atOnceTest = (title: string): Mutation['test'] => [
  'consumer/transactions-at-once.integration.test.ts',
  title,
];
const batchTest = (title: string): Mutation['test'] => ['consumer/apply-batch.integration.test.ts', title];
const replayTest = (title: string): Mutation['test'] => ['consumer/replay.integration.test.ts', title];
const rebuildTest = (title: string): Mutation['test'] => ['projection/rebuild.integration.test.ts', title];
const pipelineTest = (title: string): Mutation['test'] => ['outbox/pipeline.integration.test.ts', title];

/** Ends the transaction here, and begins another one. */
const anotherTransaction = `await tx.unsafe('commit'); await tx.unsafe('begin');`;

export const mutations: readonly Mutation[] = [
  {
    line: 'the fence: reads every row that is visible',
    file: 'outbox/outbox-store.ts',
    from: 'and id <= ${fence} order by',
    to: 'and ${fence} = ${fence} order by',
    test: relayInPostgresTest('reads nothing above the fence, although it can be seen'),
  },
  {
    line: 'the wait for the transactions under way',
    file: 'outbox/fence.ts',
    from: 'writers.length > 0; pollMs',
    to: 'writers.length > 1_000; pollMs',
    test: relayInPostgresTest('waits for a transaction that took its number early and commits late'),
  },
  {
    line: 'the first missing number, at which what is read at once ends',
    file: 'outbox/fence.ts',
    from: 'gap === -1 ? events : events.slice(0, gap)',
    to: 'gap === 0 ? [] : events',
    test: relayInPostgresTest('reads up to a number that is missing, and behind it once that was aborted'),
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
    test: relayInPostgresTest('has one leader among replicas, and another one as soon as it is gone'),
  },
  {
    line: 'the lock on the row of the position',
    file: 'consumer/apply-events.ts',
    from: 'const deadLetters = locked.hasDeadLetters',
    to: `${anotherTransaction} const deadLetters = locked.hasDeadLetters`,
    test: atOnceTest('by two members that both believe they own its partition'),
  },
  {
    line: 'the position in the transaction of the tables',
    file: 'consumer/apply-events.ts',
    from: 'const moving = advancePositions(',
    to: `await applying; ${anotherTransaction} const moving = advancePositions(`,
    test: batchTest('changes the tables and the position, or neither'),
  },
  {
    line: 'the skipping of numbers that are not higher',
    file: 'consumer/outcome.ts',
    from: 'if (numbers && numbers.sequence <= numbers.last)',
    to: 'if (numbers && numbers.sequence < 0n)',
    test: ['consumer/consume.integration.test.ts', 'counts an event once however often it is delivered'],
  },
  {
    line: 'the check of the generation in the transaction',
    file: 'projection/positions.ts',
    from: 'if (known && tables.generation !== known.generation)',
    to: 'if (false as boolean)',
    test: batchTest('that was read before the tables were cleared is not applied'),
  },
  {
    line: 'the end of a session whose tables have gone back: in the transaction',
    file: 'projection/positions.ts',
    from: 'if ([...positions].some(isBehind))',
    to: 'if (false as boolean)',
    test: batchTest('that was read before Postgres came back with earlier tables is not applied'),
  },
  {
    line: 'the end of a session whose tables have gone back: when nothing more comes',
    file: 'projection/known-tables.ts',
    from: 'else if (now && isBehind(now.positions, before))',
    to: 'else if (false as boolean)',
    test: ['consumer/fall-back.integration.test.ts', 'are read again from there'],
  },
  {
    line: 'the lower of two offsets: starts from the one in Kafka',
    file: 'consumer/start-offsets.ts',
    from: 'Math.min(stopped, read.nextOffset ?? stopped)',
    to: 'stopped',
    test: rebuildTest('loses nothing to a crash between the first batch and its offset in Kafka'),
  },
  {
    line: 'the new generation in the transaction that clears the tables',
    file: 'projection/rebuild.ts',
    from: 'set generation = generation + 1',
    to: 'set generation = generation',
    test: rebuildTest(
      'reads again where nothing was ever applied: a newer build may read what this one refused',
    ),
  },
  {
    line: 'the record of a dead letter in the transaction that refused it',
    file: 'consumer/apply-events.ts',
    from: 'await recordDeadLetters(tx, unsent);',
    to: '',
    test: replayTest('is applied once, however often it is sent'),
  },
  {
    line: 'the sending of the dead letter before the position moves past it',
    file: 'consumer/apply-batch.ts',
    from: 'unsent = rejected.filter(({ message }) => !sent.has(message));',
    to: 'unsent = rejected.slice(0, 0 * sent.size);',
    test: batchTest('moves nothing before the dead letter is sent, and fails as Kafka does, not as Postgres'),
  },
  {
    line: 'the lock on the row of the dead letter',
    file: 'projection/dead-letters.ts',
    from: 'order by id for update`',
    to: 'order by id`',
    test: atOnceTest('when it is sent again while a newer build reads its own topic'),
  },
  {
    line: 'the right to be applied once',
    file: 'consumer/outcome.ts',
    from: "if (byRight && deadLetter === 'none') return 'repeated';",
    to: '',
    test: replayTest('has no right to be applied when it never was one'),
  },
];
