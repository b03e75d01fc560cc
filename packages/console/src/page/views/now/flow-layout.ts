export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface FlowLayout {
  width: number;
  height: number;
  /** By name. A service that has no place here is in the tables alone. */
  services: Record<string, Box>;
  topics: Record<string, Box>;
  /** Which way events mostly go. */
  direction: 'right' | 'down';
}

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** For screens that are wide enough. */
export const wideLayout: FlowLayout = {
  width: 980,
  height: 348,
  direction: 'right',
  services: {
    user: box(1, 20, 250, 104),
    product: box(1, 170, 250, 104),
    recommendation: box(729, 20, 250, 104),
    analytics: box(729, 170, 250, 104),
  },
  topics: {
    'user-updates': box(400, 46, 180, 52),
    'product-updates': box(400, 196, 180, 52),
    orders: box(36, 304, 180, 40),
  },
};

/** For a phone. */
export const tallLayout: FlowLayout = {
  width: 360,
  height: 520,
  direction: 'down',
  services: {
    user: box(1, 70, 172, 116),
    product: box(187, 70, 172, 116),
    recommendation: box(1, 402, 172, 116),
    analytics: box(187, 402, 172, 116),
  },
  topics: {
    orders: box(203, 1, 140, 36),
    'user-updates': box(17, 270, 140, 48),
    'product-updates': box(203, 270, 140, 48),
  },
};

/** A curve from one box to another, leaving and arriving straight. */
export const curve = (from: Box, to: Box, direction: FlowLayout['direction']): string => {
  const isAbove = from.x + from.width > to.x === to.x + to.width > from.x;
  const goesDown = direction === 'down' || isAbove;
  const [along, length] = goesDown ? (['y', 'height'] as const) : (['x', 'width'] as const);
  const [across, breadth] = goesDown ? (['x', 'width'] as const) : (['y', 'height'] as const);
  const isForward = from[along] < to[along];
  const start = isForward ? from[along] + from[length] : from[along];
  const end = isForward ? to[along] : to[along] + to[length];
  const middle = (start + end) / 2;
  const point = (at: number, box: Box) => {
    const centre = box[across] + box[breadth] / 2;
    return goesDown ? `${centre} ${at}` : `${at} ${centre}`;
  };
  return `M${point(start, from)}C${point(middle, from)} ${point(middle, to)} ${point(end, to)}`;
};
