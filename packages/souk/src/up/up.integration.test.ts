import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { serviceNames, servicePortSpan } from '@souk/contracts/services.ts';
import { freePorts, isPortFree } from '@souk/embedded/ports.ts';
import { serverOwner, temporaryFolder } from '@souk/embedded/postgres-system.ts';
import { copyTemplate } from '@souk/testing/cluster-template.ts';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readMeshFile } from '../mesh-file.ts';
import { stateFolder } from '../root.ts';

const deadlineMs = 120_000;

/** In place of a service: ready at once, says when it stops, and dies at GET /die. */
const standIn = `
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
const name = import.meta.url.split('/').at(-3);
const server = createServer((request, response) => {
  if (request.url === '/die') { console.error('out of luck'); process.exit(3); }
  response.end();
}).listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => {
  appendFileSync(process.env.STOPS, name + '\\n');
  process.exit(0);
});
`;
const command = `
import { up } from ${JSON.stringify(new URL('./up.ts', import.meta.url).href)};
process.exitCode = await up(JSON.parse(process.argv[1]));
`;

let folder: string;
let portBase: number;
/** In the environment of every process of the mesh, so that the ones left over can be found. */
let marker: string;

beforeEach(async () => {
  folder = mkdtempSync(join(temporaryFolder(serverOwner()), 'souk-test-'));
  chmodSync(folder, 0o755);
  for (const name of serviceNames) {
    mkdirSync(join(folder, name, 'src'), { recursive: true });
    writeFileSync(join(folder, name, 'src/main.ts'), standIn);
  }
  mkdirSync(join(folder, 'made'));
  await copyTemplate(join(folder, 'made'));
  portBase = await freePorts(servicePortSpan);
  marker = randomUUID();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(stateFolder(portBase), { recursive: true, force: true });
});

/** With a database that is made already, which takes longer than all the rest, unless it says otherwise. */
const run = (data: string | null = join(folder, 'made')) => {
  const options = {
    ...{ host: '127.0.0.1', portBase, pretty: false, servicesFolder: folder },
    ...(data && { data }),
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', command, JSON.stringify(options)], {
    env: { ...process.env, STOPS: join(folder, 'stops'), MARKER: marker },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'close') as Promise<[number | null, string | null]>;
  return { child, exit, output: text(child.stdout), errors: text(child.stderr) };
};

const untilReady = (child: ChildProcess) =>
  vi.waitFor(
    () => {
      if (child.exitCode !== null) return undefined;
      expect(readMeshFile(portBase)).toBeDefined();
      return readMeshFile(portBase);
    },
    { timeout: deadlineMs },
  );

const untilSaid = (child: ChildProcess, words: string) =>
  new Promise<void>((resolve) => {
    let said = '';
    child.stdout?.on('data', (chunk) => {
      said += chunk;
      if (said.includes(words)) resolve();
    });
  });

const processesLeft = (): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`MARKER=${marker}`);
      } catch {
        return false;
      }
    });

/** What was killed may take a moment to go. */
const untilNothingIsLeft = () =>
  vi.waitFor(() => expect(processesLeft()).toEqual([]), { timeout: deadlineMs });

test('stops in the reverse order of the start at SIGTERM, and leaves nothing behind', async () => {
  const { child, exit, output } = run(null);
  const banner = untilSaid(child, 'Souk is ready');
  const mesh = await untilReady(child);
  await Promise.race([banner, exit]);
  expect(processesLeft().length).toBeGreaterThan(serviceNames.length);

  child.kill('SIGTERM');

  expect(await exit).toEqual([0, null]);
  expect(readFileSync(join(folder, 'stops'), 'utf8')).toBe(`${serviceNames.toReversed().join('\n')}\n`);
  await untilNothingIsLeft();
  expect(readMeshFile(portBase)).toBeUndefined();
  expect(await output).toContain(mesh?.services.analytics);
});

test('stops what has been started when Ctrl-C comes during the start', async () => {
  const { child, exit, output } = run();
  await once(child.stdout, 'data');

  child.kill('SIGINT');

  expect(await exit).toEqual([0, null]);
  expect(await output).not.toContain('Souk is ready');
  await untilNothingIsLeft();
});

test('a process that ends brings the mesh down with its last lines and a failure', async () => {
  const { child, exit, errors } = run();
  const mesh = await untilReady(child);

  await fetch(`${mesh?.services.product}/die`).catch(() => undefined);

  expect(await exit).toEqual([1, null]);
  expect(await errors).toMatch(/product ended unexpectedly \(exit code 3\).*\n\s+out of luck/);
  await untilNothingIsLeft();
});

test('names a taken port, and starts nothing', async () => {
  const server = createServer().listen(portBase + 2, '127.0.0.1');
  await once(server, 'listening');

  const { exit, output, errors } = run();

  expect(await exit).toEqual([1, null]);
  expect(await errors).toContain(`port ${portBase + 2} is taken: stop what listens there, or choose others`);
  expect(await output).toBe('');
  server.close();
});

test('of two starts at the same moment one is refused, and the other is found', async () => {
  const starts = [run(null), run(null)];

  const refused = await Promise.race(starts.map((start) => start.exit.then(() => start)));

  expect(await refused.errors).toContain(`another mesh runs, starts or stops on port ${portBase}`);
  for (const { child, exit } of starts.filter((start) => start !== refused)) {
    await untilReady(child);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  }
});

test('leaves nothing behind when it is killed', async () => {
  const { child } = run();
  await untilReady(child);

  child.kill('SIGKILL');

  await untilNothingIsLeft();
  expect(await isPortFree(portBase)).toBe(true);
});

test('keeps the database in the folder of --data', async () => {
  const data = join(folder, 'data');
  const query = async (statement: string) => {
    const { child, exit } = run(data);
    const mesh = await untilReady(child);
    const sql = postgres(mesh?.postgresUrls.user_service_owner as string, { max: 1 });
    const rows = await sql.unsafe(statement);
    await sql.end();
    child.kill('SIGTERM');
    await exit;
    return [...rows];
  };

  await query('create table kept as select 7 as number');

  expect(await query('select number from kept')).toEqual([{ number: 7 }]);
});
