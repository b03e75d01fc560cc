import { Command } from 'commander';
import { addBrokersOption, findBrokers } from '../client/kafka-brokers.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { readStatus } from './read-status.ts';
import { statusTable } from './status-table.ts';

/** `souk status`: what every service says of itself. The exit code is 1 when one is down or does not answer. */
export const statusCommand = (): Command =>
  addBrokersOption(
    addServiceUrlOptions(
      new Command('status')
        .description(
          'health of each service, outbox backlog, consumer lag and dead letters; exit code 1 when one is down',
        )
        .option('--json', 'as JSON', false),
    ),
    'for the dead letters: ',
  ).action(async ({ json, ...options }: ServiceUrlOptions & { json: boolean; brokers?: string }) => {
    const status = await readStatus(serviceUrls(options), findBrokers(options));
    console.log(json ? JSON.stringify(status, null, 2) : statusTable(status, process.stdout));
    if (status.status === 'down') process.exitCode = 1;
  });
