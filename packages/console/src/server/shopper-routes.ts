import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { admin, operator } from './access.ts';

/** The demo's shoppers, where whoever starts the console can let them in. */
export interface Shoppers {
  start(): void;
  stop(): Promise<void>;
  state(): ShopperState;
}

export interface ShopperState {
  running: boolean;
  /** Why they left, if they did so by themselves. */
  problem?: string;
}

const State = Type.Object({
  running: Type.Boolean(),
  problem: Type.Optional(Type.String()),
});

/** Lets the demo's shoppers in and out. */
export const shopperRoutes = (http: Http, shoppers: Shoppers | undefined): void => {
  const tags = ['shoppers'];
  const given = (): Shoppers => {
    if (shoppers) return shoppers;
    throw problem(404, 'no_shoppers', 'this console was started without shoppers: run souk demo');
  };
  const response = { 200: State, ...problems(404) };
  http.get(
    '/api/shoppers',
    {
      config: operator,
      schema: { tags, operationId: 'getShoppers', summary: 'Whether demo shoppers are in', response },
    },
    async () => given().state(),
  );
  http.post(
    '/api/shoppers',
    {
      config: admin,
      schema: { tags, operationId: 'letShoppersIn', summary: 'Let demo shoppers in', response },
    },
    async () => {
      given().start();
      return given().state();
    },
  );
  http.delete(
    '/api/shoppers',
    {
      config: admin,
      schema: { tags, operationId: 'sendShoppersOut', summary: 'Send demo shoppers out', response },
    },
    async () => {
      await given().stop();
      return given().state();
    },
  );
};
