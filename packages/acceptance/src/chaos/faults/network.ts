import { serviceNames } from '@souk/contracts/services.ts';
import type { Link } from '@souk/testing/link.ts';
import type { Random } from '../../random.ts';
import type { Fault } from '../fault.ts';
import { type Dependency, dependencies } from '../network.ts';
import { repeatedly } from './repeatedly.ts';

const resetEveryMs = 300;
const slowMs = { from: 50, to: 400 };

const troubles: Readonly<Record<string, (link: Link, random: Random) => () => Promise<void>>> = {
  slow: (link, random) => {
    link.delay(random.whole(slowMs.from, slowMs.to));
    return async () => link.heal();
  },
  'reset again and again': (link) => repeatedly(resetEveryMs, async () => link.reset()),
  'a black hole': (link) => {
    link.block();
    return async () => link.heal();
  },
  'half open': (link) => {
    link.halfOpen();
    return async () => link.heal();
  },
};

/** The connection from one service, which the seed chooses, to one server. Redis has one user. */
export const networkFaults: readonly Fault[] = dependencies.flatMap((to: Dependency) =>
  Object.entries(troubles).map(
    ([what, begin]): Fault => ({
      name: `a connection to ${to} is ${what}`,
      claims: [`links to ${to}`],
      ...(to === 'postgres' ? {} : { unnoticed: true }),
      start: async (chaos, random) => {
        const service = to === 'redis' ? 'recommendation' : random.pick(serviceNames);
        return begin(chaos.link(service, to), random);
      },
    }),
  ),
);
