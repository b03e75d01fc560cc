import { type Command, Option } from 'commander';
import { wholeNumber } from '../client/option-parsers.ts';
import { readMeshFile } from '../mesh-file.ts';
import { defaultPortBase } from '../root.ts';

export interface BrokerOptions {
  brokers?: string;
  portBase: number;
}

const portMax = 65_535;

/** Adds --brokers and --port-base to a command. */
export const addBrokerOptions = (command: Command): Command =>
  command
    .addOption(brokersOption())
    .option(
      '--port-base <port>',
      'the mesh of this checkout: the port of its user service',
      wholeNumber(1, portMax),
      defaultPortBase,
    );

/** --brokers, for a command that has --port-base already. */
export const brokersOption = (): Option =>
  new Option(
    '--brokers <host:port,…>',
    'the Kafka brokers (default: those of the mesh that runs from this checkout)',
  ).env('KAFKA_BROKERS');

/** The brokers that the options, the environment or the running mesh name; undefined when none of them does. */
export const knownBrokers = ({ brokers, portBase }: BrokerOptions): string | undefined =>
  brokers || readMeshFile(portBase)?.kafkaBrokers;

/** As `knownBrokers`; throws an Error that says what to do when there are none. */
export const requireBrokers = (options: BrokerOptions): string => {
  const brokers = knownBrokers(options);
  if (brokers) return brokers;
  throw new Error('no mesh runs from this checkout: start it with npm start, or give --brokers host:port');
};
