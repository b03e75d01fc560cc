import { param, setParams } from '../../lib/router.ts';
import { Choice } from '../../parts/choice.tsx';
import { Select } from '../../parts/select.tsx';
import { View } from '../../parts/view.tsx';
import { ActiveUsers, Activity } from './activity.tsx';
import { Cohorts } from './cohorts.tsx';
import { ExperimentPanel } from './experiment.tsx';
import { Funnel } from './funnel.tsx';
import { windowOf, windows, zoneOf, zones } from './ranges.ts';
import { Ranking } from './ranking.tsx';
import { Summary } from './summary.tsx';

/** What happened in the shop. */
export const AnalyticsView = () => {
  const window = windowOf();
  const zone = zoneOf();
  return (
    <View
      title="Analytics"
      lead="What shoppers did and bought. Figures change as it happens; days begin at midnight of the time zone that you choose."
      actions={
        <>
          <Choice
            label="Time range"
            options={windows}
            value={window}
            onChange={(value) => setParams({ window: value })}
          />
          <Select
            label="Time zone"
            isHidden
            options={zones().map((name) => [name, name])}
            value={zone}
            onChange={(value) => setParams({ zone: value })}
          />
        </>
      }
    >
      <Summary window={window} />
      <Activity window={window} zone={zone} />
      <div class="grid">
        <Ranking window={window} />
        <Funnel window={window} />
      </div>
      <ActiveUsers zone={zone} />
      <Cohorts />
      <ExperimentPanel name={param('experiment')} />
    </View>
  );
};
