import { kafkaTopics } from '@souk/contracts/topics.ts';
import { Command, InvalidArgumentError } from 'commander';
import { brokerList, secured } from '../client/kafka-brokers.ts';
import type { ApplyTopicsResult } from './apply-topics.ts';

interface Options {
  brokers: string;
  replication: number;
  minInsync: number;
  check?: boolean;
}

/** `souk topics apply`: what Kafka needs, from the contracts. The in-memory broker of `souk up` needs none of it. */
export const topicsCommand = (): Command =>
  new Command('topics').description('the topics of a real Kafka').addCommand(
    new Command('apply')
      .description('create the topics of the contracts that are missing; report what differs, change nothing')
      .option(
        '--brokers <host:port,…>',
        'the brokers',
        brokerList,
        process.env.KAFKA_BROKERS ?? '127.0.0.1:9092',
      )
      .option('--replication <n>', 'copies of every partition', count, 3)
      .option('--min-insync <n>', 'copies that must have a message before it counts as sent', count, 2)
      .option('--check', 'create nothing, and fail when anything is missing or differs')
      .action(async (options: Options) => {
        if (options.minInsync > options.replication)
          throw new Error(
            `--min-insync ${options.minInsync} of ${options.replication} copies can never be had: nothing could be sent`,
          );
        // Its Kafka client takes half a second to load, which no other command should cost.
        const { applyTopics } = await import('./apply-topics.ts');
        const result = await applyTopics({
          ...options,
          brokers: secured(options.brokers),
          topics: kafkaTopics,
        });
        console.log(report(result));
        if (options.check && result.drift.length > 0) process.exitCode = 1;
      }),
  );

const count = (text: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('give a whole number from 1');
  return Number(text);
};

const report = ({ created, drift }: ApplyTopicsResult): string =>
  [
    ...created.map((topic) => `created  ${topic}`),
    ...drift.map(({ topic, setting, wanted, present }) =>
      present === undefined
        ? `missing  ${topic}${setting === 'topic' ? '' : `: ${setting}, wanted ${wanted}`}`
        : `differs  ${topic}: ${setting} is ${present}, the contracts want ${wanted}`,
    ),
    `${kafkaTopics.length} topics: ${created.length} created, ${drift.length} differences left as they are`,
  ].join('\n');
