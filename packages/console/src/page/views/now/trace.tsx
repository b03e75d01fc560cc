import { perSecond } from '../../lib/format.ts';
import { Panel } from '../../parts/view.tsx';
import type { MeshState } from '../../shell/mesh-state.ts';
import { ratesBetween } from './rates.ts';

const width = 600;
const height = 56;
const pointsMax = 89;

/** Events published a second, over the last three minutes of this page. */
export const Trace = ({ states }: { states: readonly MeshState[] }) => {
  const rates = states
    .slice(1)
    .map((state, index) => ratesBetween(states[index] as MeshState, state).published);
  const highest = Math.max(1, ...rates);
  const x = (index: number) => width - (rates.length - 1 - index) * (width / (pointsMax - 1));
  const y = (rate: number) => height - 2 - (rate / highest) * (height - 6);
  const line = rates.map((rate, index) => `${x(index).toFixed(1)},${y(rate).toFixed(1)}`).join(' ');
  const begin = x(0).toFixed(1);
  return (
    <Panel
      title="Published in the last three minutes"
      note={`highest: ${perSecond(Math.max(0, ...rates))} events/s`}
    >
      <svg class="trace" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <line class="ground" x1="0" x2={width} y1={height - 1} y2={height - 1} />
        {rates.length > 1 && <polygon points={`${begin},${height} ${line} ${width},${height}`} />}
        <polyline points={line} />
      </svg>
    </Panel>
  );
};
