import { Command } from 'commander';
import { addBrokersOption, brokersOf } from '../client/kafka-brokers.ts';
import { formatCount } from '../client/numbers.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { replayErasures } from './replay.ts';

interface Options extends ServiceUrlOptions {
  brokers?: string;
}

/** `souk erasures`: users that were deleted. */
export const erasuresCommand = (): Command =>
  new Command('erasures').description('users that were deleted').addCommand(replayCommand());

const replayCommand = () =>
  addBrokersOption(
    addServiceUrlOptions(
      new Command('replay').description(
        'after the database of the user service was restored from a backup: delete again who was deleted since',
      ),
    ),
  ).action(async (options: Options) => {
    const brokers = brokersOf(options);
    const { known, erased } = await replayErasures({ brokers, userUrl: serviceUrls(options).user });
    console.log(
      `${formatCount(known)} users were deleted, by their topic. Deleted again: ${formatCount(erased.length)}.`,
    );
    for (const id of erased) console.log(`  ${id}`);
  });
