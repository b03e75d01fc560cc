import type { FunctionComponent } from 'preact';
import { AnalyticsView } from './analytics/analytics-view.tsx';
import { NowView } from './now/now-view.tsx';

export interface ConsoleView {
  /** Its address; what it shows is in the query. */
  path: string;
  title: string;
  /** `g` and this letter go to it. */
  letter: string;
  View: FunctionComponent;
}

/** Every view, in the order of the navigation. */
export const views: readonly ConsoleView[] = [{ path: '/now', title: 'Now', letter: 'n', View: NowView }];

/** The view at a path; the first one at the root. */
export const viewAt = (path: string): ConsoleView | undefined =>
  path === '/' ? views[0] : views.find((view) => view.path === path);
