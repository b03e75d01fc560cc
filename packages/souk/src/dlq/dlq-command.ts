import { readFileSync } from 'node:fs';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import type { DeadLetter } from '@souk/service-kit/dead-letters/dead-letter-book.ts';
import { groupDeadLetters } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import {
  type DeadLetterFilter,
  discardedDeadLetters,
  pendingDeadLetters,
  readDeadLetters,
} from '@souk/service-kit/dead-letters/read-dead-letters.ts';
import {
  type Correction,
  discardDeadLetters,
  type ReplayOutcome,
  replayDeadLetters,
  restoreDeadLetters,
} from '@souk/service-kit/dead-letters/resolve-dead-letters.ts';
import { Command, InvalidArgumentError } from 'commander';
import { addBrokersOptions, type BrokersOptions, brokersOf } from '../client/kafka-brokers.ts';
import { formatCount } from '../client/numbers.ts';
import { wholeNumber } from '../client/option-parsers.ts';
import { printable } from '../client/printable.ts';
import { confirmDiscarding } from './confirm-discarding.ts';
import { deadLetterText, groupsText } from './dead-letter-view.ts';
import { editDocument, keepDocument } from './edit-document.ts';

type FilterOptions = BrokersOptions & DeadLetterFilter;
type SelectionOptions = FilterOptions & { all?: boolean };
type ReplayOptions = SelectionOptions & {
  edit?: boolean;
  document?: string;
  key?: string;
  header: Record<string, string>;
  unchecked?: boolean;
};

/** What is noted with what this command resolves. */
const by = 'souk dlq';

/** `souk dlq`: what the consumers refused: show, correct, send again or discard it. */
export const dlqCommand = (): Command =>
  new Command('dlq')
    .description('dead letters: what consumers refused, of every service')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(replayCommand())
    .addCommand(dropCommand())
    .addCommand(restoreCommand());

const listCommand = () =>
  addFilterOptions(new Command('list').description('how many are pending, per topic and group, and why'))
    .option('--json', 'as JSON', false)
    .action(async (options: FilterOptions & { json: boolean }) => {
      const groups = groupDeadLetters(await pendingDeadLetters(brokersOf(options), options));
      console.log(options.json ? JSON.stringify(groups, null, 2) : groupsText(groups));
    });

const showCommand = () =>
  addFilterOptions(
    new Command('show')
      .description(
        'the dead letters themselves: key, headers, document, error, attempts, first and last seen',
      )
      .argument('[id]', 'the identity of one, or the beginning of it'),
  )
    .option('--limit <count>', 'at most so many, the oldest first', wholeNumber(1, 10_000), 10)
    .option('--raw', 'of one dead letter the document alone, byte for byte', false)
    .action(async (id: string | undefined, options: FilterOptions & { limit: number; raw: boolean }) => {
      const brokers = brokersOf(options);
      const found = await pendingDeadLetters(brokers, id === undefined ? options : { ...options, id });
      if (found.length === 0) throw nothingFits(id);
      if (options.raw) return writeRaw(brokers, found);
      const shown = found.slice(0, options.limit);
      const texts = new Map<DeadLetter, string>();
      await readDeadLetters(brokers, shown, async (deadLetter, record) => {
        texts.set(deadLetter, deadLetterText(deadLetter, record));
      });
      console.log(shown.map((deadLetter) => texts.get(deadLetter)).join('\n\n'));
      if (found.length > shown.length)
        console.log(`\n… and ${formatCount(found.length - shown.length)} more: see --limit`);
    });

const writeRaw = async (brokers: KafkaAddress, found: readonly DeadLetter[]): Promise<void> => {
  if (found.length > 1)
    throw new Error(`--raw gives one document, and ${found.length} dead letters fit: give an id`);
  await readDeadLetters(brokers, found, async (_, { value }) => void process.stdout.write(value ?? ''));
};

const replayCommand = () =>
  addSelectionOptions(
    new Command('replay').description(
      'send dead letters again to the consumer that refused them; it applies each once',
    ),
  )
    .option('--edit', 'correct each document first, in $VISUAL or $EDITOR; one left unchanged is not sent')
    .option('--document <file>', 'with --id: send this document in place of the dead letter’s')
    .option('--key <key>', 'with --id: send it under this key')
    .option('--header <name=value>', 'with --id: set this header; may be given several times', header, {})
    .option('--unchecked', 'send what was corrected although the contract of its topic still refuses it')
    .action(async (options: ReplayOptions) => {
      const brokers = brokersOf(options);
      const edited = new Map<DeadLetter, Buffer>();
      const correction = correctionOf(options, edited);
      const deadLetters = await selected(brokers, options);
      const counts: Record<ReplayOutcome, number> = { sent: 0, left: 0, omitted: 0, gone: 0, wrong: 0 };
      await replayDeadLetters(
        { brokers, by },
        deadLetters,
        correction,
        (deadLetter, outcome, faults = []) => {
          counts[outcome] += 1;
          const { id, topic, group, errorClass } = deadLetter;
          console.log(`${outcomeTexts[outcome]}  ${printable(`${id}  ${topic} → ${group}  ${errorClass}`)}`);
          for (const fault of faults) console.log(`  ${printable(fault)}`);
          if (outcome === 'sent') edited.delete(deadLetter);
        },
      ).finally(() => {
        for (const [{ id }, document] of edited)
          console.log(
            `what you wrote for ${printable(id)} is in ${keepDocument(id, document)}: see --document`,
          );
      });
      console.log(
        `${formatCount(counts.sent)} sent again, ${formatCount(deadLetters.length - counts.sent)} left pending`,
      );
      if (counts.omitted > 0 || counts.wrong > 0) process.exitCode = 1;
    });

const dropCommand = () =>
  addSelectionOptions(
    new Command('drop').description(
      'discard dead letters: they are not pending any more, and are not applied',
    ),
  )
    .option('--yes', 'do not ask', false)
    .action(async (options: SelectionOptions & { yes: boolean }) => {
      const brokers = brokersOf(options);
      const deadLetters = await selected(brokers, options);
      if (!options.yes) await confirmDiscarding(deadLetters.length, process);
      console.log(`${formatCount(await discardDeadLetters({ brokers, by }, deadLetters))} discarded`);
    });

const restoreCommand = () =>
  addSelectionOptions(
    new Command('restore').description('undo the discarding of dead letters: they are pending again'),
  ).action(async (options: SelectionOptions) => {
    const brokers = brokersOf(options);
    const deadLetters = await selected(brokers, options, discardedDeadLetters);
    console.log(`${formatCount(await restoreDeadLetters({ brokers, by }, deadLetters))} pending again`);
  });

const addFilterOptions = (command: Command): Command =>
  addBrokersOptions(command)
    .option('--topic <topic>', 'only those from this topic')
    .option('--group <group>', 'only those that this consumer group refused')
    .option('--reason <class>', 'only those with this error, such as DecodeError.not_json or not_json');

const addSelectionOptions = (command: Command): Command =>
  addFilterOptions(command)
    .option('--all', 'all of them')
    .option('--id <id>', 'one, by its identity or the beginning of it');

const outcomeTexts: Record<ReplayOutcome, string> = {
  sent: 'sent again ',
  left: 'unchanged  ',
  omitted: 'no document',
  gone: 'gone       ',
  wrong: 'still wrong',
};

/** Exactly one of --all, --reason and --id says which; --topic and --group narrow it. Throws when nothing fits. */
const selected = async (
  brokers: KafkaAddress,
  options: SelectionOptions,
  read = pendingDeadLetters,
): Promise<DeadLetter[]> => {
  const ways = [options.all, options.reason, options.id].filter((way) => way !== undefined);
  if (ways.length !== 1) throw new Error('say which dead letters: exactly one of --all, --reason and --id');
  const deadLetters = await read(brokers, options);
  if (deadLetters.length === 0) throw nothingFits(options.id);
  if (options.id !== undefined && deadLetters.length > 1) {
    const isOne = new Set(deadLetters.map(({ id }) => id)).size === 1;
    const what = isOne
      ? 'have this identity: give --topic and --group'
      : 'begin so: give more of the identity';
    throw new Error(`${deadLetters.length} dead letters ${what}`);
  }
  return deadLetters;
};

const nothingFits = (id: string | undefined): Error =>
  new Error(id === undefined ? 'no dead letter waits that fits' : `no dead letter ${id} waits`);

/** What a person writes in the editor is also put into `edited`, until it is sent. */
const correctionOf = (
  { id, edit, document, key, header, unchecked = false }: ReplayOptions,
  edited: Map<DeadLetter, Buffer>,
): Correction => {
  const single = document !== undefined || key !== undefined || Object.keys(header).length > 0;
  if (single && id === undefined)
    throw new Error('--document, --key and --header correct one dead letter: give its --id');
  if (edit && document !== undefined) throw new Error('give --edit or --document, not both');
  if (edit && !process.stdin.isTTY && !process.env.VISUAL && !process.env.EDITOR)
    throw new Error('--edit needs a terminal or $EDITOR; in a script use --document');
  const given = document === undefined ? undefined : readFileSync(document);
  const byHand = async (deadLetter: DeadLetter, bytes: Buffer) => {
    const written = await editDocument(deadLetter.id, bytes);
    if (written) edited.set(deadLetter, written);
    return written;
  };
  return {
    ...(key === undefined ? {} : { key }),
    headers: header,
    unchecked,
    ...(given ? { document: async () => given } : {}),
    ...(edit ? { document: byHand } : {}),
  };
};

const header = (text: string, given: Record<string, string>): Record<string, string> => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('name=value is needed');
  if (/^__(souk|connect)\./.test(name))
    throw new InvalidArgumentError('this header is kept by the consumers');
  return { ...given, [name]: value };
};
