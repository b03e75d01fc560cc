import type { MeshState, ServiceState } from '../../server/read-mesh.ts';
import { capital } from '../lib/format.ts';

export interface Trouble {
  what: string;
  /** What it means for the shop. */
  meaning: string;
}

const withoutService: Partial<Record<ServiceState['service'], string>> = {
  user: 'Nobody can register, log in or record what they do; all other services go on with what they know.',
  product: 'No orders, checkouts or changes of the catalogue; orders on the topic wait and are not lost.',
  recommendation: 'No recommendations; it catches up by itself when it is back.',
  analytics: 'No figures; it catches up by itself when it is back.',
};

const withoutDependency: Record<string, string> = {
  postgres: 'It can answer nothing until its database is back.',
  kafka: 'Events wait in the outboxes and are applied later; none is lost.',
  outbox: 'Its events wait in the outbox and are published later; none is lost.',
  redis: 'Answers are as right as ever, only slower.',
  revocations: 'Tokens that were taken back may be good until they expire.',
};

/** What is wrong in the mesh and what that means, in words; empty when all is well. */
export const troublesOf = ({ services }: MeshState): Trouble[] => services.flatMap(ofService);

const ofService = ({ service, status, problem, waiting_for, dependencies = {} }: ServiceState): Trouble[] => {
  if (status === 'unreachable')
    return [
      {
        what: `${capital(service)} does not answer (${reasonOf(problem)}).`,
        meaning: meaningWithout(service),
      },
    ];
  if (waiting_for !== undefined)
    return [
      {
        what: `${capital(service)} is starting: it waits for ${waiting_for}.`,
        meaning: meaningWithout(service),
      },
    ];
  return Object.entries(dependencies)
    .filter(([, dependency]) => dependency.status !== 'ok')
    .map(([name, { error }]) => ({
      what: `${capital(service)}: ${name} is down${error ? ` (${error})` : ''}.`,
      meaning: withoutDependency[name] ?? 'It goes on as far as it can.',
    }));
};

const meaningWithout = (service: ServiceState['service']): string =>
  withoutService[service] ?? 'The others go on without it; it catches up by itself when it is back.';

const reasonOf = (problem = 'no answer'): string => problem.replace(/^.*cannot be reached: /, '');
