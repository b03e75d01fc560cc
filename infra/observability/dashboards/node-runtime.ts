import type { Dashboard } from './dashboard.ts';
import { mean, perSecond, select } from './promql.ts';
import { neutral, rising } from './thresholds.ts';

const replica = '{{service}} {{instance}}';
const memoryLimitBytes = 512 * 1024 * 1024;
const memory = {
  unit: 'bytes',
  thresholds: rising(150e6, 0.85 * memoryLimitBytes),
  alert: 'SoukMemoryNearLimit',
};
const lag = { unit: 's', thresholds: rising(0.05, 0.2), alert: 'SoukEventLoopBlocked' };

/** The processes: CPU, memory, event loop, garbage collection. */
export const nodeRuntime: Dashboard = {
  uid: 'souk-node-runtime',
  title: 'Node runtime',
  description: 'The processes: CPU, memory, event loop, garbage collection, handles.',
  rows: [
    {
      title: 'Processes',
      panels: [
        {
          kind: 'stat',
          title: 'Up for',
          description:
            'Since the start of each process. A young one, uncalled for, has crashed or was killed.',
          unit: 's',
          thresholds: [
            [undefined, 'yellow'],
            [300, 'green'],
          ],
          alert: 'SoukInstanceDown',
          width: 12,
          queries: [{ expr: `time() - ${select('process_start_time_seconds')}`, legend: replica }],
        },
        {
          kind: 'table',
          title: 'Versions of Node',
          description:
            'What each replica runs on. More than one in a service outlives a rollout only by mistake.',
          unit: 'none',
          thresholds: neutral,
          width: 12,
          queries: [{ expr: `sum by (service, instance, version) (${select('nodejs_version_info')})` }],
        },
        {
          kind: 'graph',
          title: 'CPU',
          description:
            'Share of one core per replica. JavaScript runs on one; Kafka and zlib use some of another.',
          unit: 'percentunit',
          thresholds: rising(0.7, 0.9),
          alert: 'SoukEventLoopBlocked',
          width: 8,
          queries: [{ expr: perSecond('process_cpu_seconds_total', 'service, instance'), legend: replica }],
        },
        {
          kind: 'graph',
          title: 'CPU: user and system',
          description:
            'Much system time points at the network or at memory that is returned and taken again.',
          unit: 'percentunit',
          thresholds: neutral,
          width: 8,
          queries: [
            { expr: perSecond('process_cpu_user_seconds_total', 'service'), legend: '{{service}} user' },
            { expr: perSecond('process_cpu_system_seconds_total', 'service'), legend: '{{service}} system' },
          ],
        },
        {
          kind: 'graph',
          title: 'Open files',
          description: 'Share of the files and sockets that the process may open.',
          unit: 'percentunit',
          thresholds: rising(0.5, 0.8),
          width: 8,
          queries: [
            { expr: `${select('process_open_fds')} / ${select('process_max_fds')}`, legend: replica },
          ],
        },
      ],
    },
    {
      title: 'Memory',
      panels: [
        {
          kind: 'graph',
          title: 'Resident memory',
          description: 'Per replica. Normal work stays under 150 MB; the limit of the container is 512 MiB.',
          ...memory,
          queries: [{ expr: select('process_resident_memory_bytes'), legend: replica }],
        },
        {
          kind: 'graph',
          title: 'JavaScript heap',
          description:
            'Used, and taken from the system. Used memory that only grows is a leak in JavaScript.',
          unit: 'bytes',
          thresholds: rising(100e6, 128e6),
          alert: 'SoukMemoryNearLimit',
          queries: [
            { expr: select('nodejs_heap_size_used_bytes'), legend: `${replica} used` },
            { expr: select('nodejs_heap_size_total_bytes'), legend: `${replica} total` },
          ],
        },
        {
          kind: 'graph',
          title: 'Memory outside the heap',
          description: "Buffers (external), and the process' data segment. Kafka's queues are in the latter.",
          ...memory,
          queries: [
            { expr: select('nodejs_external_memory_bytes'), legend: `${replica} external` },
            { expr: select('process_heap_bytes'), legend: `${replica} data` },
          ],
        },
        {
          kind: 'graph',
          title: 'Heap spaces: used',
          description: 'By space of the heap, over all replicas of the chosen services.',
          unit: 'bytes',
          thresholds: neutral,
          stacked: true,
          width: 8,
          queries: [
            {
              expr: `sum by (space) (${select('nodejs_heap_space_size_used_bytes')})`,
              legend: '{{space}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Heap spaces: taken and free',
          description: 'Taken from the system, and still available, by space.',
          unit: 'bytes',
          thresholds: neutral,
          width: 8,
          queries: [
            {
              expr: `sum by (space) (${select('nodejs_heap_space_size_total_bytes')})`,
              legend: '{{space}} taken',
            },
            {
              expr: `sum by (space) (${select('nodejs_heap_space_size_available_bytes')})`,
              legend: '{{space}} free',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Virtual memory',
          description:
            'Addresses reserved; far above the resident memory by nature. Only a trend means something.',
          unit: 'bytes',
          thresholds: neutral,
          width: 8,
          queries: [{ expr: select('process_virtual_memory_bytes'), legend: replica }],
        },
      ],
    },
    {
      title: 'Event loop',
      panels: [
        {
          kind: 'graph',
          title: 'Delay, 99th percentile and maximum',
          description:
            'How late turns of the event loop come, since the last scrape; about 10 ms is the resolution.',
          ...lag,
          queries: [
            { expr: select('nodejs_eventloop_lag_p99_seconds'), legend: `${replica} p99` },
            { expr: select('nodejs_eventloop_lag_max_seconds'), legend: `${replica} max` },
          ],
        },
        {
          kind: 'graph',
          title: 'Delay: median, p90, mean and minimum',
          description:
            'The usual turn of the event loop. High medians mean steady overload, not single long turns.',
          ...lag,
          queries: [
            { expr: select('nodejs_eventloop_lag_p50_seconds'), legend: `${replica} p50` },
            { expr: select('nodejs_eventloop_lag_p90_seconds'), legend: `${replica} p90` },
            { expr: select('nodejs_eventloop_lag_mean_seconds'), legend: `${replica} mean` },
            { expr: select('nodejs_eventloop_lag_min_seconds'), legend: `${replica} min` },
          ],
        },
        {
          kind: 'graph',
          title: 'Delay: deviation, and at the scrape itself',
          description:
            'Standard deviation since the last scrape, and the delay of the turn that answered it.',
          ...lag,
          queries: [
            { expr: select('nodejs_eventloop_lag_stddev_seconds'), legend: `${replica} deviation` },
            { expr: select('nodejs_eventloop_lag_seconds'), legend: `${replica} at the scrape` },
          ],
        },
      ],
    },
    {
      title: 'Garbage collection and handles',
      panels: [
        {
          kind: 'graph',
          title: 'Time in garbage collection',
          description: 'Share of one core, by kind. Over a tenth the heap is too small for the work.',
          unit: 'percentunit',
          thresholds: rising(0.05, 0.1),
          alert: 'SoukMemoryNearLimit',
          queries: [
            {
              expr: perSecond('nodejs_gc_duration_seconds_sum', 'service, kind'),
              legend: '{{service}} {{kind}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Duration of a collection, average',
          description: 'By kind. Nothing else runs meanwhile.',
          unit: 's',
          thresholds: rising(0.02, 0.1),
          alert: 'SoukEventLoopBlocked',
          queries: [
            { expr: mean('nodejs_gc_duration_seconds', 'service, kind'), legend: '{{service}} {{kind}}' },
          ],
        },
        {
          kind: 'graph',
          title: 'Handles, requests, resources',
          description:
            'Open handles, requests under way in Node itself, and everything that keeps the loop alive.',
          unit: 'short',
          thresholds: rising(1_000, 5_000),
          queries: [
            { expr: select('nodejs_active_handles_total'), legend: `${replica} handles` },
            { expr: select('nodejs_active_requests_total'), legend: `${replica} requests` },
            { expr: select('nodejs_active_resources_total'), legend: `${replica} resources` },
          ],
        },
        {
          kind: 'graph',
          title: 'The same by type',
          description: 'A type that only grows is a leak: sockets, timers, pipes.',
          unit: 'short',
          thresholds: rising(1_000, 5_000),
          queries: [
            {
              expr: `sum by (service, type) (${select('nodejs_active_handles')})`,
              legend: '{{service}} {{type}}',
            },
            {
              expr: `sum by (service, type) (${select('nodejs_active_requests')})`,
              legend: '{{service}} {{type}}',
            },
            {
              expr: `sum by (service, type) (${select('nodejs_active_resources')})`,
              legend: '{{service}} {{type}}',
            },
          ],
        },
      ],
    },
  ],
};
