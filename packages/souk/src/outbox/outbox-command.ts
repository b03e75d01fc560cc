import type { ServiceName } from '@souk/contracts/services.ts';
import { Argument, Command } from 'commander';
import { addBrokersOptions, brokersOf } from '../client/kafka-brokers.ts';
import { formatCount } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';
import { type DatabaseOptions, databaseUrlOf } from '../client/service-database.ts';
import { type Advanced, advanceOutbox, publishers } from './advance.ts';

/** `souk outbox`: the events of a service on their way to Kafka. */
export const outboxCommand = (): Command =>
  new Command('outbox')
    .description('the numbers of the events that a service publishes')
    .addCommand(advanceCommand());

const advanceCommand = () =>
  addBrokersOptions(
    new Command('advance')
      .description(
        'after a service’s database was restored from a backup, before the service starts: number its events past all that were published',
      )
      .addArgument(new Argument('<service>', 'whose').choices(publishers)),
  )
    .option('--database-url <url>', 'of the service’s own role (or DATABASE_URL)')
    .action(async (service: ServiceName, options: DatabaseOptions) => {
      const advanced = await advanceOutbox({
        service,
        databaseUrl: databaseUrlOf(service, options),
        brokers: brokersOf(options),
        onProgress: (read) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${formatCount(read)} events read `);
        },
      });
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      console.log(report(service, advanced));
    });

const report = (service: ServiceName, { given, published, unknown }: Advanced): string => {
  const [last, highest] = [given, published].map((number) => formatCount(Number(number)));
  const numbers =
    published <= given
      ? `Nothing to do: ${service} has given out numbers up to ${last}, and Kafka has none above it.`
      : `The next event of ${service} gets a number above ${highest}; in this database the last was ${last}.`;
  if (unknown.size === 0) return numbers;
  return [
    numbers,
    'On the topic are events that this database does not know, which the consumers have applied or will apply:',
    ...[...unknown].map(([type, count]) => `  ${formatCount(count).padStart(10)}  ${printable(type)}`),
  ].join('\n');
};
