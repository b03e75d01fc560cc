import { isBrokerList } from '@souk/service-kit/config/addresses.ts';
import { type KafkaAddress, readKafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { findMesh, type MeshAddresses } from '../mesh-file.ts';
import { stateBase } from '../root.ts';
import { portBase } from './option-parsers.ts';
import type { ServiceUrlOptions } from './service-urls.ts';

export interface BrokersOptions extends ServiceUrlOptions {
  brokers?: string;
  databaseUrl?: string;
}

export const addBrokersOptions = (command: Command): Command =>
  addBrokersOption(command).option(
    '--port-base <port>',
    'of the mesh started from here: the port of its user service (default: of the one that runs)',
    portBase,
  );

/**
 * The mesh that runs from this checkout, unless an option names a part of another one: Kafka and the databases of two meshes are never mixed.
 * With --port-base the mesh is named itself.
 */
export const meantMesh = (options: BrokersOptions, base = stateBase): MeshAddresses | undefined => {
  const isOther = Object.entries(options).some(
    ([name, value]) => (name === 'brokers' || name.endsWith('Url')) && value !== undefined,
  );
  return isOther && options.portBase === undefined ? undefined : findMesh(options.portBase, base);
};

/**
 * What the option says; else the mesh that is meant; else KAFKA_BROKERS; else nothing. Except in that mesh
 * KAFKA_SECURITY_PROTOCOL and its companions hold, as for services. Throws an Error for the user about them.
 */
export const findBrokers = (options: BrokersOptions): KafkaAddress | undefined => {
  const { brokers } = options;
  const mesh = brokers === undefined ? meantMesh(options)?.kafkaBrokers : undefined;
  if (mesh) return mesh;
  const found = brokers ?? process.env.KAFKA_BROKERS;
  return found ? secured(found) : undefined;
};

/** Adds --brokers to a command that has --port-base; `use` says what for. */
export const addBrokersOption = (command: Command, use = ''): Command =>
  command.option('--brokers <host:port,…>', `${use}the Kafka brokers (or KAFKA_BROKERS)`, brokerList);

/** As services connect to these brokers. Throws an Error for the user. */
export const secured = (brokers: string): KafkaAddress =>
  readKafkaAddress({ ...process.env, KAFKA_BROKERS: brokers, KAFKA_BROKERS_FILE: '' });

/** As `findBrokers`. Throws an Error for the user when there are none. */
export const brokersOf = (options: BrokersOptions): KafkaAddress => {
  const found = findBrokers(options);
  if (!found)
    throw new Error(
      meantMesh({}) === undefined
        ? 'no mesh runs from here: start one, or say where Kafka is with --brokers'
        : 'a part of another mesh than the one that runs from here is named: say where its Kafka is with --brokers',
    );
  return found;
};

export const brokerList = (text: string): string => {
  if (isBrokerList(text)) return text;
  throw new InvalidArgumentError('brokers such as 127.0.0.1:9092,127.0.0.1:9093 are needed');
};
