import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectionRows } from '../projection-rows.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';
import { runSouk } from '../run-souk.ts';

const patience = { timeoutMs: 120_000 };
type Consumer = 'analytics' | 'recommendation';
const killsOfBuilder = 2;
const builderLifeMaxMs = 3_000;

describe('a rebuild beside the tables in use', () => {
  let mesh: TestMesh;
  let traffic: Traffic;

  beforeAll(async () => {
    mesh = await testMesh();
    traffic = await startTraffic(mesh);
    await traffic.activity(500);
    await traffic.changes();
    await expectProjectionsToMatch(mesh);
  });
  afterAll(async () => {
    await Promise.all(others.map((service) => service.stop()));
    await mesh?.stop();
    rmSync(folder, { recursive: true });
  });
  const folder = mkdtempSync(join(tmpdir(), 'souk-test-'));
  const others: RunningService[] = [];
  const spawn = async (service: Consumer, env: Record<string, string>) => {
    const spawned = await spawnService(service, {
      DATABASE_URL: urlOf(service),
      KAFKA_BROKERS: mesh.broker.brokers,
      KAFKA_FETCH_WAIT_MAX_MS: '30',
      KAFKA_SESSION_TIMEOUT_MS: '4000',
      ...env,
    });
    others.push(spawned);
    return spawned;
  };

  const urlOf = (service: Consumer) => mesh.postgres.url(`${service}_service`);
  const rebuild = (service: Consumer, args: string[], env: Record<string, string> = {}) =>
    runSouk(
      ['rebuild', service, ...args, '--database-url', urlOf(service), '--brokers', mesh.broker.brokers],
      { KAFKA_SESSION_TIMEOUT_MS: '4000', ...env },
    );
  const done = async (service: Consumer, args: string[], env: Record<string, string> = {}) => {
    const { code, output } = await rebuild(service, args, env);
    expect(code, output).toBe(0);
    return output;
  };
  const builders = () => mesh.sql<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'souk-analytics-beside'`;
  const isGone = async () => expect(await builders()).toEqual([]);
  const rowsOf = async (service: Consumer) => {
    // What was applied shows in the figures of products a moment later.
    if (service === 'analytics')
      await eventually(
        async () =>
          expect(await mesh.sql`select from analytics_service.product_changes limit 1`).toHaveLength(0),
        patience,
      );
    return projectionRows(mesh.sql, `${service}_service`);
  };
  const expectSameFromNothing = async (service: Consumer) => {
    await expectProjectionsToMatch(mesh);
    const rows = await rowsOf(service);
    await done(service, []);
    await eventually(async () => expect(await rowsOf(service)).toEqual(rows), patience);
  };
  const leftBeside = async (service: Consumer) => {
    const [row] = await mesh.sql<[{ tables: number; triggers: number }]>`
      select (select count(*) from pg_class where relnamespace = ${`${service}_service_beside`}::regnamespace) as tables,
        (select count(*) from pg_trigger where tgname = 'copied_beside' and tgrelid = ${`${service}_service.dead_letters`}::regclass) as triggers`;
    return { ...row };
  };
  const nothing = { tables: 0, triggers: 0 };
  const structureOf = async (service: Consumer) => {
    const relations = await mesh.sql`
      select c.relname, c.reloptions, c.relacl::text as acl, c.relowner::regrole::text as owner, (
        select array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull || a.attgenerated::text
          || a.attstorage::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '') order by a.attnum)
        from pg_attribute a left join pg_attrdef d on adrelid = attrelid and adnum = attnum
        where attrelid = c.oid and attnum > 0 and not attisdropped) as columns, (
        select array_agg(pg_get_indexdef(indexrelid) order by pg_get_indexdef(indexrelid)) from pg_index join pg_class i on i.oid = indexrelid
        where indrelid = c.oid and not i.relispartition) as indexes, (
        select array_agg(conname || pg_get_constraintdef(oid) order by conname) from pg_constraint
        where conrelid = c.oid and conparentid = 0 and contype <> 'n') as constraints
      from pg_class c where relnamespace = ${`${service}_service`}::regnamespace and relkind in ('r', 'p') order by 1`;
    // A day may begin meanwhile, and its partitions with it.
    return [...new Set(relations.map((relation) => JSON.stringify(relation).replaceAll(/_\d{8}/g, '_date')))];
  };

  /** Above those of `traffic.changes`. */
  let price = 10_000;
  /**
   * Writes and reads without a pause, where every answer has at least as many events as the one before. Few events:
   * the embedded Kafka forgets what is older than the newest 5 MB of a partition.
   */
  const startLoad = () => {
    const stopping = new AbortController();
    let reads = 0;
    const get = async (service: Consumer, path: string) => {
      const response = await fetch(`${mesh.service(service).url}${path}`);
      const body = await response.text();
      expect(response.status, body).toBe(200);
      reads += 1;
      return JSON.parse(body);
    };
    const newest = (of: () => Promise<number>) => {
      let highest = 0;
      return async () => {
        const now = await of();
        expect(now).toBeGreaterThanOrEqual(highest);
        highest = now;
      };
    };
    const views = async () => {
      const { items } = await get('analytics', '/api/v1/analytics/products/top?window=all&metric=views');
      return items.reduce((sum: number, { value }: { value: number }) => sum + value, 0);
    };
    const raisePrice = async () => {
      price += 1;
      const response = await fetch(`${mesh.service('product').url}/api/v1/products/${traffic.products[1]}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ price }),
      });
      expect(response.status).toBe(200);
    };
    const prices = async () => {
      const { items } = await get('recommendation', '/api/v1/recommendations?strategy=popular');
      return (items as { product_id: string; price: number }[]).find(
        ({ product_id }) => product_id === traffic.products[1],
      )?.price as number;
    };
    const looks = [
      newest(views),
      newest(prices),
      newest(async () => (await get('analytics', '/api/v1/analytics/summary?window=all')).events_total),
    ];
    const round = async () => {
      const write = async () => {
        await traffic.activity(2);
        await raisePrice();
      };
      await Promise.all([write(), ...looks.map((look) => look())]);
    };
    const load = (async () => {
      while (!stopping.signal.aborted) await round();
    })();
    // Whoever waits for something else hears of a failure at the end.
    load.catch(() => undefined);
    return {
      reads: () => reads,
      stop: async () => {
        stopping.abort();
        await load;
      },
    };
  };

  test('serves every answer under load, none older than one before, and gives what a rebuild from nothing gives', async () => {
    const structure = await structureOf('analytics');
    const load = startLoad();
    const output = await done('analytics', ['--beside']);
    expect(output).toContain('Switched analytics to the tables that were built beside');
    expect(output).toMatch(/read again: 100 %, [\d,]+ of [\d,]+ messages, time left/);
    expect(output).toMatch(/\d+ of \d+ tables have the same number of rows/);
    await load.stop();
    expect(load.reads()).toBeGreaterThan(0);
    expect(await leftBeside('analytics')).toEqual(nothing);
    expect(await structureOf('analytics')).toEqual(structure);
    await expectSameFromNothing('analytics');
  });

  test('goes on where a builder was killed, and loses nothing when the service is killed at the switch', async () => {
    const load = startLoad();
    for (let kill = 0; kill < killsOfBuilder; kill++) {
      const builder = await spawn('analytics', { BUILD_BESIDE: 'true' });
      await eventually(async () => expect(await builders()).not.toEqual([]), patience);
      const life = randomInt(builderLifeMaxMs);
      const since = performance.now();
      await eventually(async () => expect(performance.now() - since).toBeGreaterThan(life), patience);
      builder.kill('SIGKILL');
      await builder.exited;
      await eventually(isGone, patience);
    }
    await load.stop();
    const generation = async () => {
      const [row] = await mesh.sql<[{ generation: number }]>`
        select generation from analytics_service.projection_generation`;
      return row.generation;
    };
    const before = await generation();
    const switching = rebuild('analytics', ['--beside']);
    await traffic.activity(100);
    await eventually(async () => expect(await generation()).toBeGreaterThan(before), {
      ...patience,
      intervalMs: 5,
    });
    mesh.service('analytics').kill('SIGKILL');
    expect(await switching).toMatchObject({ code: 0 });
    await mesh.start('analytics');
    await traffic.activity(100);
    await expectProjectionsToMatch(mesh);
    expect(await leftBeside('analytics')).toEqual(nothing);
  });

  test('with --as-of it is what a projection has that knows the events up to then, and never takes over', async () => {
    const [then] = await mesh.sql<[{ now: Date }]>`select clock_timestamp() as now`;
    const rows = await rowsOf('analytics');
    await traffic.activity(200);
    await traffic.changes();
    await expectProjectionsToMatch(mesh);
    const now = await rowsOf('analytics');
    expect(now).not.toEqual(rows);
    await done('analytics', ['--as-of', then.now.toISOString()]);
    expect(await projectionRows(mesh.sql, 'analytics_service_beside')).toEqual(rows);
    expect(await rebuild('analytics', ['--beside'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('another build was begun, as of'),
    });
    await done('analytics', ['--drop']);
    expect(await leftBeside('analytics')).toEqual(nothing);
    expect(await rowsOf('analytics')).toEqual(now);
  });

  test('refuses to take over tables made with other settings than the service has, and to run beside another command', async () => {
    const rows = await rowsOf('analytics');
    expect(await rebuild('analytics', ['--beside'], { HOURS_KEPT_DAYS: '62' })).toMatchObject({
      code: 1,
      output: expect.stringContaining('HOURS_KEPT_DAYS: 90 in use, 62 beside'),
    });
    expect(await rowsOf('analytics')).toEqual(rows);
    await mesh.sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended('souk:rebuild-beside:analytics_service', 0))`;
      expect(await rebuild('analytics', ['--drop'])).toMatchObject({
        code: 1,
        output: expect.stringContaining('another command'),
      });
    });
    await done('analytics', ['--drop']);
    expect(await leftBeside('analytics')).toEqual(nothing);
  });

  test('another half-life is a rollout: a new replica waits, the old one serves, and the switch changes both', async () => {
    const halfLife = { TRENDING_HALF_LIFE_DAYS: '3' };
    const structure = await structureOf('recommendation');
    await done('recommendation', ['--beside', '--keep'], halfLife);
    const old = mesh.service('recommendation');
    const next = await spawn('recommendation', { ...halfLife, REDIS_URL: mesh.redis.url });
    await eventually(async () => {
      const health = await (await fetch(`${next.url}/health`)).json();
      expect(health).toMatchObject({ dependencies: { projection: { error: 'scoring_changed' } } });
    }, patience);
    expect((await fetch(`${next.url}/ready`)).status).toBe(503);

    const load = startLoad();
    const output = await done('recommendation', ['--beside'], halfLife);
    expect(output).toContain('scoring: 1 rows in use, 1 beside; 1 of 1 compared differ');
    await next.ready();
    await load.stop();
    await old.stop();
    expect(await structureOf('recommendation')).toEqual(structure);
    await expectSameFromNothing('recommendation');
  });

  test('sends no dead letter a second time, whoever comes to it first, and knows those resolved while it was built', async () => {
    const publishBroken = async () => {
      const activity = {
        ...{ event_id: randomUUID(), user_id: traffic.users[0] as string, type: 'view' },
        ...{ product_id: traffic.products[0] as string, quantity: null, unit_price_minor: null },
        occurred_at: '2026-01-01T00:00:00.000Z',
      };
      await mesh.sql`
        insert into user_service.outbox (event_id, type, key, data)
        values (${activity.event_id}, 'user.activity_recorded.v1', ${activity.user_id},
          ${mesh.sql.json({ ...activity, type: null })})`;
      return activity;
    };
    const kafkaOf = async ({ url }: RunningService) => {
      const health = await (await fetch(`${url}/health`)).json();
      return (health as { dependencies: { kafka: { lag?: number; retrying?: boolean } } }).dependencies.kafka;
    };
    const deadLetters = async (id: string) =>
      (await readTopic(mesh.broker.brokers, deadLetterTopic(userUpdates.name, 'analytics'))).filter(
        // A mark that it was resolved has its id, too, and no reason.
        (message) =>
          headerOf(message, deadLetterHeader.id) === id &&
          headerOf(message, deadLetterHeader.errorClass) !== undefined,
      ).length;
    const isSent = (id: string) => async () => expect(await deadLetters(id)).toBeGreaterThan(0);
    const replay = async (document: { event_id: string }) => {
      const file = join(folder, 'corrected.json');
      writeFileSync(file, JSON.stringify(document));
      const { code, output } = await runSouk([
        ...['dlq', 'replay', '--group', 'analytics', '--id', document.event_id],
        ...['--document', file, '--brokers', mesh.broker.brokers],
      ]);
      expect(code, output).toBe(0);
    };
    const isResolved = (id: string) => async () => {
      const [row] = await mesh.sql`select resolved_at from analytics_service.dead_letters where id = ${id}`;
      expect(row?.resolved_at).toBeInstanceOf(Date);
    };

    const first = await publishBroken();
    await eventually(isSent(first.event_id), patience);
    await mesh.service('analytics').stop();
    const second = await publishBroken();
    const builder = await spawn('analytics', { BUILD_BESIDE: 'true' });
    await eventually(async () => expect(await kafkaOf(builder)).toMatchObject({ retrying: true }), patience);
    expect(await deadLetters(second.event_id)).toBe(0);

    const service = await mesh.start('analytics');
    await eventually(isSent(second.event_id), patience);
    // The service itself may send one again while Kafka is slow, until its position is past it.
    await eventually(async () => expect(await kafkaOf(service)).toMatchObject({ lag: 0 }), patience);
    const ids = [first.event_id, second.event_id];
    const sent = await Promise.all(ids.map(deadLetters));
    await eventually(
      async () => expect(await kafkaOf(builder)).toMatchObject({ lag: 0, retrying: false }),
      patience,
    );
    await builder.stop();
    await eventually(isGone, patience);
    for (const activity of [first, second]) {
      await replay(activity);
      await eventually(isResolved(activity.event_id), patience);
    }
    const rows = await rowsOf('analytics');
    await done('analytics', ['--beside']);

    for (const id of ids) await isResolved(id)();
    expect(await Promise.all(ids.map(deadLetters))).toEqual(sent);
    await eventually(async () => expect(await rowsOf('analytics')).toEqual(rows), patience);
  });
});
