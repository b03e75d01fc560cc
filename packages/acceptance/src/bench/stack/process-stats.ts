import { readFileSync } from 'node:fs';
import type postgres from 'postgres';

const tickMs = 10;
const mebibyteKb = 1_024;

/** The processor time a process has used so far, in ms. Linux alone tells it. */
export const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return tickMs * (Number(fields[11]) + Number(fields[12]));
};

/** Resident memory in MiB: now, and the most it ever was. */
export const residentMiB = (pid: number): { now: number; peak: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / mebibyteKb;
  return { now: read('VmRSS'), peak: read('VmHWM') };
};

/** The processor time of the other sessions of this server's clients so far, in ms. It must run on this machine. */
export const sessionsMs = async (sql: postgres.Sql): Promise<number> => {
  const sessions = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  return sessions.reduce((sum, { pid }) => sum + processorMs(pid), 0);
};
