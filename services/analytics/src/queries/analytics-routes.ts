import type { Http } from '@souk/service-kit/http/http.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { eventRepository } from './event-repository.ts';
import { eventRoutes } from './event-routes.ts';
import { productRepository } from './product-repository.ts';
import { productRoutes } from './product-routes.ts';
import { summaryRepository } from './summary-repository.ts';
import { summaryRoutes } from './summary-routes.ts';
import { userRepository } from './user-repository.ts';
import { userRoutes } from './user-routes.ts';

/** Every route under /api/v1/analytics, reading from `db`; `now` is where windows end. */
export const analyticsRoutes = (http: Http, db: Database, now: () => Date): void => {
  summaryRoutes(http, { summaries: summaryRepository(db), now });
  productRoutes(http, { products: productRepository(db), now });
  userRoutes(http, { users: userRepository(db), now });
  eventRoutes(http, { events: eventRepository(db), now });
};
