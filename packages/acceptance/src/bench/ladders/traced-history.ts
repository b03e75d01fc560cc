import { type TestCollector, testCollector } from '@souk/testing/collector.ts';
import type { Ladder } from '../climb.ts';
import { type HistoryPlace, history, openHistory } from './history.ts';

/** As `history`, at its smallest size; the services record the traces that their callers ask for. */
export const tracedHistory: Ladder<HistoryPlace & { collector: TestCollector }> = {
  name: 'traced history',
  open: async (stack) => {
    const collector = await testCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' };
    return { ...(await openHistory(stack, env)), collector };
  },
  grow: history.grow,
  close: async (place) => {
    await history.close(place);
    await place.collector.stop();
  },
};
