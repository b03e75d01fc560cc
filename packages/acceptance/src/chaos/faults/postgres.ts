import { serviceNames } from '@souk/contracts/services.ts';
import type { Fault } from '../fault.ts';
import { repeatedly } from './repeatedly.ts';

const claims = ['postgres'];
const cutEveryMs = 400;
const slowMs = 80;

export const postgresFaults: readonly Fault[] = [
  {
    name: 'Postgres crashes',
    claims,
    start: async ({ mesh: { postgres } }) => {
      await postgres.stop('SIGKILL');
      return () => postgres.start();
    },
  },
  {
    name: 'Postgres is restarted',
    claims,
    start: async ({ mesh: { postgres } }) => {
      await postgres.stop();
      return () => postgres.start();
    },
  },
  {
    name: 'Postgres freezes',
    claims,
    start: async ({ mesh: { postgres } }) => {
      postgres.pause();
      return async () => postgres.resume();
    },
  },
  {
    name: "all of Postgres's connections are cut, again and again",
    claims,
    start: async ({ mesh: { sql } }) =>
      repeatedly(cutEveryMs, async () => {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename like '%_service'`;
      }),
  },
  {
    name: 'Postgres takes no writes',
    claims,
    start: async ({ mesh: { sql } }) => {
      const become = async (value: 'on' | 'off') => {
        await sql.unsafe(`alter system set default_transaction_read_only = ${value}`);
        await sql`select pg_reload_conf()`;
      };
      await become('on');
      return () => become('off');
    },
  },
  {
    name: 'Postgres is slow',
    claims: [...claims, 'links to postgres'],
    start: async (chaos) => {
      const links = serviceNames.map((name) => chaos.link(name, 'postgres'));
      for (const link of links) link.delay(slowMs);
      return async () => {
        for (const link of links) link.heal();
      };
    },
  },
  {
    name: "Postgres's disk is full",
    claims,
    missing: ({ disks }) => (disks ? undefined : 'a small disk needs the right to mount'),
    start: async ({ disks, mesh: { postgres } }) => {
      disks?.postgres.fill();
      return async () => {
        disks?.postgres.free();
        // It may have ended because it could not write its log.
        await postgres.stop('SIGKILL');
        await postgres.start();
      };
    },
  },
];
