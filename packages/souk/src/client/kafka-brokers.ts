import { servicePortSpan } from '@souk/contracts/services.ts';
import { isBrokerList } from '@souk/service-kit/config/addresses.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { findMesh } from '../mesh-file.ts';
import { wholeNumber } from './option-parsers.ts';

export interface BrokersOptions {
  brokers?: string;
  portBase?: number;
}

/** Adds --brokers and --port-base to a command. */
export const addBrokersOptions = (command: Command): Command =>
  command
    .option('--brokers <host:port,…>', 'the Kafka brokers (or KAFKA_BROKERS)', brokerList)
    .option(
      '--port-base <port>',
      'of the mesh started from here: the port of its user service (default: of the one that runs)',
      wholeNumber(1, 65_536 - servicePortSpan),
    );

/**
 * What the option says; else the mesh that runs from this checkout; else KAFKA_BROKERS; else nothing. Throws an Error
 * for the user when KAFKA_BROKERS is no list of brokers.
 */
export const findBrokers = ({ brokers, portBase }: BrokersOptions): string | undefined => {
  const found = brokers ?? findMesh(portBase)?.kafkaBrokers;
  const { KAFKA_BROKERS } = process.env;
  if (found || !KAFKA_BROKERS) return found || undefined;
  if (!isBrokerList(KAFKA_BROKERS)) throw new Error('KAFKA_BROKERS must be host:port,host:port');
  return KAFKA_BROKERS;
};

/** As `findBrokers`. Throws an Error for the user when there are none. */
export const brokersOf = (options: BrokersOptions): string => {
  const found = findBrokers(options);
  if (!found) throw new Error('no mesh runs from here: start one, or say where Kafka is with --brokers');
  return found;
};

/** A parser of a list of brokers. */
export const brokerList = (text: string): string => {
  if (isBrokerList(text)) return text;
  throw new InvalidArgumentError('brokers such as 127.0.0.1:9092,127.0.0.1:9093 are needed');
};
