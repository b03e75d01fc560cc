import { orders } from '@souk/contracts/orders.ts';
import { consumersOf, serviceNames } from '@souk/contracts/services.ts';
import type { CollectedSpan, TestCollector } from '@souk/testing/collector.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectProjectionsToMatch } from './resilience/projections.ts';

const kind = { server: 2, client: 3, producer: 4, consumer: 5 };
const patience = { timeoutMs: 120_000 };
const [sample] = (orders.document as unknown as { examples: [object] }).examples;

/** Of a mesh that sends its spans to the collector, and says what it does (LOG_LEVEL=debug). */
export const tracingTests = (given: () => { mesh: TestMesh; collector: TestCollector }) =>
  describe('traces', () => {
    let mesh: TestMesh;
    let collector: TestCollector;
    let user: string;
    let product: string;

    beforeAll(async () => {
      ({ mesh, collector } = given());
      user = (await send('user', '/api/v1/users', { email: 'ada@example.com', name: 'Ada Lovelace' })).body
        .id;
      product = (await send('product', '/api/v1/products', { name: 'Lamp', price: 12.5 })).body.id;
      // In one batch with events of another trace the next one would be told of under the batch's own.
      await expectProjectionsToMatch(mesh);
    });

    const send = async (service: 'user' | 'product', path: string, body: unknown, headers = {}) => {
      const answer = await fetch(`${mesh.service(service).url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return {
        status: answer.status,
        headers: answer.headers,
        body: (await answer.json()) as { id: string },
      };
    };
    const purchase = () => ({
      user_id: user,
      product_id: product,
      type: 'purchase',
      quantity: 2,
      unit_price: 5,
    });
    const of = (trace: string) => collector.spans.filter((span) => span.trace === trace);
    const one = (spans: CollectedSpan[], service: string, name: string): CollectedSpan => {
      const found = spans.filter((span) => span.service === service && span.name === name);
      expect(found, `${service}: ${name}`).toHaveLength(1);
      return found[0] as CollectedSpan;
    };
    const traceOf = (digit: string) => ({ trace: digit.repeat(32), parent: digit.repeat(16) });

    test('one purchase is one trace: HTTP, SQL, outbox, Kafka, and both projections', async () => {
      const { trace, parent } = traceOf('a');
      const answer = await send('user', '/api/v1/events', purchase(), {
        traceparent: `00-${trace}-${parent}-01`,
      });
      expect(answer.status).toBe(201);

      const spans = await eventually(() => {
        const found = of(trace);
        const projected = found.filter(({ name }) => name === 'apply_batch').map(({ service }) => service);
        expect(projected.sort()).toEqual(['analytics', 'product', 'recommendation']);
        // Each process sends its spans in its own time.
        for (const name of ['POST /api/v1/events', 'publish user-updates']) one(found, 'user', name);
        return found;
      }, patience);
      const request = one(spans, 'user', 'POST /api/v1/events');
      expect(request).toMatchObject({ kind: kind.server, parent, failed: false });
      expect(request.attributes).toMatchObject({ 'http.route': '/api/v1/events' });
      expect(Number(request.attributes['http.response.status_code'])).toBe(201);
      expect(request.attributes['souk.request_id']).toBe(answer.headers.get('x-request-id'));

      const published = one(spans, 'user', 'publish user-updates');
      const writer = spans.find(({ id }) => id === published.parent) as CollectedSpan;
      expect(published.kind).toBe(kind.producer);
      expect(writer).toMatchObject({ service: 'user', kind: kind.client, parent: request.id });
      for (const consumer of ['recommendation', 'analytics']) {
        const processed = one(spans, consumer, 'process user-updates');
        expect(processed).toMatchObject({ kind: kind.consumer, parent: published.id });
        expect(one(spans, consumer, 'apply_batch')).toMatchObject({
          kind: kind.client,
          parent: processed.id,
        });
      }
    });

    test('a batch that joins many traces is linked to all of them, and each of them goes on', async () => {
      // Both consumers wait for this lock, so that what arrives meanwhile gathers into batches.
      const lock = await mesh.sql.reserve();
      await lock`begin`;
      for (const schema of ['recommendation_service', 'analytics_service'])
        await lock.unsafe(`lock table ${schema}.consumer_positions in exclusive mode`);
      const digits = ['1', '2', '3', '4', '5', '6'];
      for (const digit of digits) {
        const { trace, parent } = traceOf(digit);
        await send('user', '/api/v1/events', purchase(), { traceparent: `00-${trace}-${parent}-01` });
      }
      await eventually(async () => {
        const published = digits
          .flatMap((digit) => of(traceOf(digit).trace))
          .filter(({ kind: is }) => is === kind.producer);
        expect(published).toHaveLength(digits.length);
      }, patience);
      await lock`rollback`;
      lock.release();

      await eventually(() => {
        for (const consumer of ['recommendation', 'analytics'])
          for (const digit of digits) one(of(traceOf(digit).trace), consumer, 'process user-updates');
      }, patience);
      const own = new Set(digits.map((digit) => traceOf(digit).trace));
      const joined = collector.spans.filter(
        ({ kind: is, links, parent }) =>
          is === kind.consumer &&
          parent === undefined &&
          links.filter(({ trace }) => own.has(trace)).length > 1,
      );
      expect(joined.length).toBeGreaterThan(0);
      for (const batch of joined) {
        for (const link of batch.links) {
          const member = of(link.trace).find(
            ({ service, parent }) => service === batch.service && parent === link.id,
          );
          expect(member?.links).toEqual([{ trace: batch.trace, id: batch.id }]);
        }
        expect(of(batch.trace).map(({ name }) => name)).toContain('apply_batch');
      }
    });

    test('an order sent over HTTP is followed to the recommendations', async () => {
      const { trace, parent } = traceOf('b');
      const answer = await send('product', '/api/v1/orders', sample, {
        traceparent: `00-${trace}-${parent}-01`,
      });
      expect(answer.status).toBe(201);
      await eventually(() => {
        const consumers = of(trace).filter(({ name }) => name === 'process product-updates');
        expect(new Set(consumers.map(({ service }) => service))).toEqual(
          new Set(consumersOf('product-updates')),
        );
      }, patience);
    });

    test('the decision not to record a trace is kept', async () => {
      const { trace, parent } = traceOf('c');
      await send('user', '/api/v1/events', purchase(), { traceparent: `00-${trace}-${parent}-00` });
      const { trace: recorded, parent: caller } = traceOf('d');
      await send('user', '/api/v1/events', purchase(), { traceparent: `00-${recorded}-${caller}-01` });
      await eventually(() => expect(of(recorded).length).toBeGreaterThan(5), patience);
      expect(of(trace)).toEqual([]);
    });

    test('log lines carry the ids of their trace, so that both find each other', async () => {
      const { trace, parent } = traceOf('e');
      const { headers } = await send('user', '/api/v1/events', purchase(), {
        traceparent: `00-${trace}-${parent}-01`,
      });
      await eventually(() => {
        const lines = mesh.service('user').logs.filter((line) => line.includes(trace));
        expect(lines.join('\n')).toContain(headers.get('x-request-id'));
      }, patience);
    });

    test('a consumer that cannot apply an event now says so with the ids of its trace', async () => {
      const { trace, parent } = traceOf('f');
      await expectProjectionsToMatch(mesh);
      await mesh.sql`alter table analytics_service.user_activity rename to user_activity_elsewhere`;
      try {
        await send('user', '/api/v1/events', purchase(), { traceparent: `00-${trace}-${parent}-01` });
        await eventually(() => {
          const lines = mesh.service('analytics').logs.filter((line) => line.includes(trace));
          expect(lines.join('\n')).toContain('cannot apply messages now');
        }, patience);
      } finally {
        await mesh.sql`alter table analytics_service.user_activity_elsewhere rename to user_activity`;
      }
      await eventually(() => {
        const tries = of(trace).filter(
          ({ service, name }) => service === 'analytics' && name === 'apply_batch',
        );
        expect(tries.map(({ failed }) => failed)).toContain(false);
      }, patience);
    });

    test('probes and scrapes are not traced, and no span says what a person’s data are', () => {
      for (const name of serviceNames)
        expect(
          collector.spans.filter((span) => span.service === name).map((span) => span.name),
        ).not.toContain('GET /ready');
      const said = collector.spans.map(({ name, attributes }) => JSON.stringify([name, attributes]));
      expect(said.join('\n')).not.toMatch(/@example|Ada Lovelace|Jane Example/);
    });
  });
