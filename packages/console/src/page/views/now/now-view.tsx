import { View } from '../../parts/view.tsx';

export const NowView = () => (
  <View title="Now" lead="What flows through the shop at this moment.">
    <p>…</p>
  </View>
);
