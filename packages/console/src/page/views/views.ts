import type { FunctionComponent } from 'preact';
import { AnalyticsView } from './analytics/analytics-view.tsx';
import { CatalogueView } from './catalogue/catalogue-view.tsx';
import { DeadLettersView } from './dead-letters/dead-letters-view.tsx';
import { EventsView } from './events/events-view.tsx';
import { NowView } from './now/now-view.tsx';
import { OperationsView } from './operations/operations-view.tsx';
import { OrdersView } from './orders/orders-view.tsx';
import { RecommendationsView } from './recommendations/recommendations-view.tsx';
import { UsersView } from './users/users-view.tsx';

export interface ConsoleView {
  /** Its address; what it shows is in the query. */
  path: string;
  title: string;
  /** `g` and this letter go to it. */
  letter: string;
  View: FunctionComponent;
}

/** Every view, in the order of the navigation. */
export const views: readonly ConsoleView[] = [
  { path: '/now', title: 'Now', letter: 'n', View: NowView },
  { path: '/events', title: 'Events', letter: 'e', View: EventsView },
  { path: '/dead-letters', title: 'Dead letters', letter: 'd', View: DeadLettersView },
  { path: '/recommendations', title: 'Recommendations', letter: 'r', View: RecommendationsView },
  { path: '/analytics', title: 'Analytics', letter: 'a', View: AnalyticsView },
  { path: '/catalogue', title: 'Catalogue', letter: 'c', View: CatalogueView },
  { path: '/users', title: 'Users', letter: 'u', View: UsersView },
  { path: '/orders', title: 'Orders', letter: 'o', View: OrdersView },
  { path: '/operations', title: 'Operations', letter: 'p', View: OperationsView },
];

/** The view at a path; the first one at the root. */
export const viewAt = (path: string): ConsoleView | undefined =>
  path === '/' ? views[0] : views.find((view) => view.path === path);
