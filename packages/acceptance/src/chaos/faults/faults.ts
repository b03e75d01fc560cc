import type { Fault } from '../fault.ts';
import { brokerFaults } from './broker.ts';
import { clockFaults } from './clocks.ts';
import { messageFaults } from './messages.ts';
import { namedPointFaults } from './named-points.ts';
import { networkFaults } from './network.ts';
import { postgresFaults } from './postgres.ts';
import { redisFaults } from './redis.ts';
import { replicaFaults } from './replicas.ts';
import { serviceFaults } from './services.ts';
import { slowConsumerFaults } from './slow-consumers.ts';

export const faults: readonly Fault[] = [
  ...serviceFaults,
  ...namedPointFaults,
  ...replicaFaults,
  ...brokerFaults,
  ...postgresFaults,
  ...redisFaults,
  ...networkFaults,
  ...messageFaults,
  ...clockFaults,
  ...slowConsumerFaults,
];

const byName = new Map(faults.map((fault) => [fault.name, fault]));

/** Throws for a name that no fault has. */
export const faultNamed = (name: string): Fault => {
  const fault = byName.get(name);
  if (!fault) throw new Error(`there is no fault "${name}"`);
  return fault;
};
