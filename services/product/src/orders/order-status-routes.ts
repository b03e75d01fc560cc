import { orderUid } from '@souk/contracts/fields.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { forbidden } from '@souk/service-kit/access/access-problems.ts';
import { requireOwner } from '@souk/service-kit/access/enforce-access.ts';
import {
  faultOf,
  type ItemFault,
  inOrder,
  type RejectedItem,
  RejectedItems,
} from '@souk/service-kit/http/batch-answer.ts';
import { batchBody, itemValidator, takeBatches } from '@souk/service-kit/http/batch-body.ts';
import { etag, expectedVersion, IfMatchHeader, versionMismatch } from '@souk/service-kit/http/etag.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { type ProblemError, problems } from '@souk/service-kit/problem.ts';
import { orderFulfillers, orderReaders } from '../access.ts';
import type { OrderBook } from './order-book.ts';
import { impossibleStep, orderNotFound } from './order-problems.ts';
import { OrderParams, OrderStatus, State, viewState } from './order-schemas.ts';
import type { Step, StepOutcome } from './order-steps.ts';

const tags = ['orders'];
const path = '/api/v1/orders/:order_uid/status';
const batch = { field: 'orders', itemsMax: 1_000 };
const batchBodyLimitBytes = 1024 * 1024;

const NewStatus = Type.Object({ status: OrderStatus }, { additionalProperties: false });
const BatchStep = Type.Object(
  { order_uid: orderUid(), status: OrderStatus },
  { additionalProperties: false },
);

const Report = Type.Object({
  accepted: Type.Integer({ description: 'orders that have the wanted status now' }),
  moved: Type.Integer({ description: 'those of them that had another one before' }),
  rejected: RejectedItems(
    'invalid_json, invalid_request, duplicate_order, order_not_found or impossible_step',
  ),
});

/** Shows where orders stand, and moves them on. */
export const orderStatusRoutes = async (http: Http, orders: OrderBook): Promise<void> => {
  readRoute(http, orders);
  moveRoute(http, orders);
  await http.register(async (scope) => moveManyRoute(scope as Http, orders));
};

const readRoute = (http: Http, orders: OrderBook): void => {
  http.get(
    path,
    {
      config: { access: orderReaders },
      schema: {
        tags,
        operationId: 'getOrderStatus',
        summary: 'Where an order stands, and what each item got',
        params: OrderParams,
        response: { 200: State, ...problems(404) },
      },
    },
    async (request, reply) => {
      const { params } = request;
      await requireOwner(request, () => orders.customerOf(params.order_uid));
      const state = await stateOf(orders, params.order_uid);
      return reply.header('etag', etag(state.version)).send(state);
    },
  );
};

const moveRoute = (http: Http, orders: OrderBook): void => {
  http.patch(
    path,
    {
      config: { access: { ...orderFulfillers, own: { by: 'entity', notFound: orderNotFound } } },
      schema: {
        tags,
        operationId: 'moveOrder',
        summary: 'Move an order to its next status',
        description:
          'created → paid → shipped → delivered, or cancelled from created or paid: then the stock gets back what ' +
          'the order took of it. The present status once more changes nothing.',
        params: OrderParams,
        headers: IfMatchHeader,
        body: NewStatus,
        response: { 200: State, ...problems(404, 409, 412) },
      },
    },
    async (request, reply) => {
      const { params, headers, body } = request;
      await requireOwner(request, () => orders.customerOf(params.order_uid));
      if (request.restrictedTo !== undefined && body.status !== 'cancelled')
        throw forbidden('a customer can cancel an order, and nothing else');
      const step: Step = {
        orderUid: params.order_uid,
        status: body.status,
        expectedVersion: expectedVersion(headers['if-match']),
      };
      const [outcome] = (await orders.move([step])) as [StepOutcome];
      const refusal = refusalOf(step, outcome);
      if (refusal) throw refusal;
      const state = await stateOf(orders, params.order_uid);
      return reply.header('etag', etag(state.version)).send(state);
    },
  );
};

/** In a scope of its own, which takes batches. */
const moveManyRoute = (scope: Http, orders: OrderBook): void => {
  const validSteps = itemValidator(BatchStep);
  takeBatches(scope, batch);
  scope.post(
    '/api/v1/orders/status',
    {
      bodyLimit: batchBodyLimitBytes,
      config: { access: orderFulfillers, idempotent: true },
      schema: {
        tags,
        operationId: 'moveOrders',
        summary: 'Move up to 1,000 orders',
        description: 'Each is moved or rejected by itself, all at one moment. NDJSON: one per line.',
        body: batchBody(BatchStep, batch),
        response: { 207: Report },
      },
    },
    async ({ body }, reply) => {
      const { valid, faulty } = validSteps(body);
      const { steps, repeated } = oncePerOrder(valid);
      const outcomes = await orders.move(steps);
      const refused = steps.flatMap((step, position) => {
        const refusal = refusalOf(step, outcomes[position] as StepOutcome);
        return refusal ? { index: step.index, ...faultOf(refusal) } : [];
      });
      return reply.code(207).send({
        accepted: steps.length - refused.length,
        moved: outcomes.filter(({ outcome }) => outcome === 'moved').length,
        rejected: inOrder(faulty, repeated, refused),
      });
    },
  );
};

type Indexed = { index: number };

/** Of several steps of one order only the first is kept: all happen at one moment, so they have no order. */
const oncePerOrder = (given: readonly (Indexed & { value: Static<typeof BatchStep> })[]) => {
  const firsts = new Map<string, Step & Indexed>();
  const repeated: RejectedItem[] = [];
  for (const { index, value } of given) {
    const first = firsts.get(value.order_uid);
    if (first) repeated.push({ index, ...duplicateOrder(first.index) });
    else firsts.set(value.order_uid, { index, orderUid: value.order_uid, status: value.status });
  }
  return { steps: [...firsts.values()], repeated };
};

const duplicateOrder = (first: number): ItemFault => ({
  code: 'duplicate_order',
  detail: `item ${first} of this batch has the same order_uid`,
  errors: [{ field: 'order_uid', message: `is the order_uid of item ${first}` }],
});

const refusalOf = (step: Step, outcome: StepOutcome): ProblemError | undefined => {
  switch (outcome.outcome) {
    case 'moved':
    case 'unchanged':
      return undefined;
    case 'order_not_found':
      return orderNotFound();
    case 'impossible_step':
      return impossibleStep(outcome.before, step.status);
    case 'version_mismatch':
      return versionMismatch(outcome.version);
    default:
      throw new Error('unhandled outcome', { cause: outcome satisfies never });
  }
};

const stateOf = async (orders: OrderBook, orderUid: string): Promise<Static<typeof State>> => {
  const state = await orders.state(orderUid);
  if (!state) throw orderNotFound();
  return viewState(state);
};
