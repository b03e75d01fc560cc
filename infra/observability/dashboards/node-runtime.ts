import { type Dashboard, row } from './dashboard.ts';
import { graph, stat, table } from './panel.ts';
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
    row(
      'Processes',
      stat(
        'Up for',
        'Since the start of each process. A young one, uncalled for, has crashed or was killed.',
        {
          unit: 's',
          thresholds: [
            [undefined, 'yellow'],
            [300, 'green'],
          ],
          alert: 'SoukInstanceDown',
          width: 12,
        },
        [`time() - ${select('process_start_time_seconds')}`, replica],
      ),
      table(
        'Versions of Node',
        'What each replica runs on. More than one in a service outlives a rollout only by mistake.',
        { unit: 'none', thresholds: neutral, width: 12 },
        `sum by (service, instance, version) (${select('nodejs_version_info')})`,
      ),
      graph(
        'CPU',
        'Share of one core per replica. JavaScript runs on one; Kafka and zlib use some of another. A container may have a lower limit: 0.5 in the chart.',
        { unit: 'percentunit', thresholds: rising(0.7, 0.9), alert: 'SoukEventLoopBlocked', width: 8 },
        [perSecond('process_cpu_seconds_total', 'service, instance'), replica],
      ),
      graph(
        'CPU: user and system',
        'Much system time points at the network or at memory that is returned and taken again.',
        { unit: 'percentunit', thresholds: neutral, width: 8 },
        [perSecond('process_cpu_user_seconds_total', 'service'), '{{service}} user'],
        [perSecond('process_cpu_system_seconds_total', 'service'), '{{service}} system'],
      ),
      graph(
        'Open files',
        'Share of the files and sockets that the process may open.',
        { unit: 'percentunit', thresholds: rising(0.5, 0.8), width: 8 },
        [`${select('process_open_fds')} / ${select('process_max_fds')}`, replica],
      ),
    ),
    row(
      'Memory',
      graph(
        'Resident memory',
        'Per replica. Normal work stays under 150 MB; the limit of the container is 512 MiB.',
        memory,
        [select('process_resident_memory_bytes'), replica],
      ),
      graph(
        'JavaScript heap',
        'Used, and taken from the system. Used memory that only grows is a leak in JavaScript.',
        { unit: 'bytes', thresholds: rising(100e6, 128e6), alert: 'SoukMemoryNearLimit' },
        [select('nodejs_heap_size_used_bytes'), `${replica} used`],
        [select('nodejs_heap_size_total_bytes'), `${replica} total`],
      ),
      graph(
        'Memory outside the heap',
        "Buffers (external), and the process' data segment. Kafka's queues are in the latter.",
        memory,
        [select('nodejs_external_memory_bytes'), `${replica} external`],
        [select('process_heap_bytes'), `${replica} data`],
      ),
      graph(
        'Heap spaces: used',
        'By space of the heap, over all replicas of the chosen services.',
        { unit: 'bytes', thresholds: neutral, stacked: true, width: 8 },
        [`sum by (space) (${select('nodejs_heap_space_size_used_bytes')})`, '{{space}}'],
      ),
      graph(
        'Heap spaces: taken and free',
        'Taken from the system, and still available, by space.',
        { unit: 'bytes', thresholds: neutral, width: 8 },
        [`sum by (space) (${select('nodejs_heap_space_size_total_bytes')})`, '{{space}} taken'],
        [`sum by (space) (${select('nodejs_heap_space_size_available_bytes')})`, '{{space}} free'],
      ),
      graph(
        'Virtual memory',
        'Addresses reserved; far above the resident memory by nature. Only a trend means something.',
        { unit: 'bytes', thresholds: neutral, width: 8 },
        [select('process_virtual_memory_bytes'), replica],
      ),
    ),
    row(
      'Event loop',
      graph(
        'Delay, 99th percentile and maximum',
        'How late turns of the event loop come, since the last scrape; about 10 ms is the resolution.',
        lag,
        [select('nodejs_eventloop_lag_p99_seconds'), `${replica} p99`],
        [select('nodejs_eventloop_lag_max_seconds'), `${replica} max`],
      ),
      graph(
        'Delay: median, p90, mean and minimum',
        'The usual turn of the event loop. High medians mean steady overload, not single long turns.',
        lag,
        [select('nodejs_eventloop_lag_p50_seconds'), `${replica} p50`],
        [select('nodejs_eventloop_lag_p90_seconds'), `${replica} p90`],
        [select('nodejs_eventloop_lag_mean_seconds'), `${replica} mean`],
        [select('nodejs_eventloop_lag_min_seconds'), `${replica} min`],
      ),
      graph(
        'Delay: deviation, and at the scrape itself',
        'Standard deviation since the last scrape, and the delay of the turn that answered it.',
        lag,
        [select('nodejs_eventloop_lag_stddev_seconds'), `${replica} deviation`],
        [select('nodejs_eventloop_lag_seconds'), `${replica} at the scrape`],
      ),
    ),
    row(
      'Garbage collection and handles',
      graph(
        'Time in garbage collection',
        'Share of one core, by kind. Over a tenth the heap is too small for the work.',
        { unit: 'percentunit', thresholds: rising(0.05, 0.1), alert: 'SoukMemoryNearLimit' },
        [perSecond('nodejs_gc_duration_seconds_sum', 'service, kind'), '{{service}} {{kind}}'],
      ),
      graph(
        'Duration of a collection, average',
        'By kind. Nothing else runs meanwhile.',
        { unit: 's', thresholds: rising(0.02, 0.1), alert: 'SoukEventLoopBlocked' },
        [mean('nodejs_gc_duration_seconds', 'service, kind'), '{{service}} {{kind}}'],
      ),
      graph(
        'Handles, requests, resources',
        'Open handles, requests under way in Node itself, and everything that keeps the loop alive.',
        { unit: 'short', thresholds: rising(1_000, 5_000) },
        [select('nodejs_active_handles_total'), `${replica} handles`],
        [select('nodejs_active_requests_total'), `${replica} requests`],
        [select('nodejs_active_resources_total'), `${replica} resources`],
      ),
      graph(
        'The same by type',
        'A type that only grows is a leak: sockets, timers, pipes.',
        { unit: 'short', thresholds: rising(1_000, 5_000) },
        [`sum by (service, type) (${select('nodejs_active_handles')})`, '{{service}} {{type}}'],
        [`sum by (service, type) (${select('nodejs_active_requests')})`, '{{service}} {{type}}'],
        [`sum by (service, type) (${select('nodejs_active_resources')})`, '{{service}} {{type}}'],
      ),
    ),
  ],
};
