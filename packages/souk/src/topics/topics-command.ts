import { kafkaTopics } from '@souk/contracts/topics.ts';
import { Command } from 'commander';
import { brokerList, secured } from '../client/kafka-brokers.ts';
import { wholeNumber } from '../client/option-parsers.ts';
import type { ApplyTopicsResult } from './apply-topics.ts';
import { wantedAcls } from './wanted-acls.ts';

interface Options {
  brokers: string;
  replication: number;
  minInsync: number;
  check?: boolean;
}

/** What Kafka needs, from the contracts. The in-memory broker of `souk up` needs none of it. */
export const topicsCommand = (): Command =>
  new Command('topics')
    .description('the topics of a real Kafka, and who may do what with them')
    .addCommand(applyCommand())
    .addCommand(aclsCommand());

const count = wholeNumber(1, 999);
const brokersDefault = process.env.KAFKA_BROKERS ?? '127.0.0.1:9092';

const applyCommand = (): Command =>
  new Command('apply')
    .description('create the topics of the contracts that are missing; report what differs, change nothing')
    .option('--brokers <host:port,…>', 'the brokers', brokerList, brokersDefault)
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
    });

const aclsCommand = (): Command =>
  new Command('acls')
    .description('what each user of Kafka may do, from the contracts: one writer for each topic of events')
    .option('--apply', 'create those that are missing; report other writers, change nothing')
    .option('--prefix <text>', 'of the users: User:<text>user, User:<text>product, …', '')
    .option('--brokers <host:port,…>', 'the brokers', brokerList, brokersDefault)
    .action(async ({ apply, prefix, brokers }: { apply?: boolean; prefix: string; brokers: string }) => {
      const wanted = wantedAcls(prefix);
      for (const { principal, operation, resource, name } of wanted)
        console.log(`${principal} ${operation} ${resource} ${name}`);
      if (!apply) return;
      const { applyAcls } = await import('./apply-acls.ts');
      const { created, others } = await applyAcls(secured(brokers), wanted);
      for (const other of others) console.log(`not from the contracts, and left: ${other}`);
      console.log(`${wanted.length} ACLs: ${created} created, ${others.length} other writers`);
      if (others.length > 0) process.exitCode = 1;
    });

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
