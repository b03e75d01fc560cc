import { Command } from 'commander';
import { port, portBase } from '../client/option-parsers.ts';
import { defaultPortBase } from '../root.ts';
import { up } from './up.ts';

/** `souk up`: the whole mesh on this machine, in the foreground, until Ctrl-C. */
export const upCommand = (): Command =>
  new Command('up')
    .description('start PostgreSQL, Kafka, Redis and the services on this machine; Ctrl-C stops them all')
    .option(
      '--data <folder>',
      'keep the database in this folder between runs (otherwise it goes with the mesh)',
    )
    .option('--port-base <port>', 'port of the user service; the others follow it', portBase, defaultPortBase)
    .option('--host <address>', 'where the services listen; 0.0.0.0 opens them to the network', '127.0.0.1')
    .option('--postgres-port <port>', 'default: 15432, or any free one when that is taken', port)
    .option('--kafka-port <port>', 'default: 19092, or any free one when that is taken', port)
    .option('--redis-port <port>', 'default: 16379, or any free one when that is taken', port)
    .option('--pretty', "show every line of the services' logs, not only warnings and errors", false)
    .action(async (options) => {
      process.exitCode = await up(options);
    });
