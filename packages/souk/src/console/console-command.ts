import { consolePort } from '@souk/contracts/services.ts';
import { brokersOf } from '@souk/service-kit/config/encryption.ts';
import { Command } from 'commander';
import { addBrokersOption, findBrokers } from '../client/kafka-brokers.ts';
import { port } from '../client/option-parsers.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';

interface ConsoleCommandOptions extends ServiceUrlOptions {
  brokers?: string;
  host: string;
  port: number;
}

/** `souk console`: the operators' page of any mesh, in the foreground, until Ctrl-C. */
export const consoleCommand = (): Command =>
  addBrokersOption(
    addServiceUrlOptions(
      new Command('console')
        .description("serve the operators' page of a running mesh, until Ctrl-C")
        .option('--host <address>', 'where it listens', '127.0.0.1')
        .option('--port <port>', 'the port of the page', port, consolePort),
    ),
  ).action(async (options: ConsoleCommandOptions) => {
    const kafka = findBrokers(options);
    const brokers = kafka && brokersOf(kafka);
    // Loaded here alone: no other command pays for it.
    const { startConsole } = await import('./start-console.ts');
    await startConsole({ ...options, urls: serviceUrls(options), brokers });
  });
