/** A box of the drawing. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface FlowLayout {
  width: number;
  height: number;
  services: Record<'user' | 'product' | 'recommendation' | 'analytics', Box>;
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

interface Point {
  x: number;
  y: number;
}

/** A curve from one box to another, leaving and arriving straight. */
export const curve = (from: Box, to: Box, direction: FlowLayout['direction']): string => {
  const vertical = direction === 'down' || from.x + from.width > to.x === to.x + to.width > from.x;
  const [start, end] = vertical ? verticalEnds(from, to) : horizontalEnds(from, to);
  const middle = vertical ? (start.y + end.y) / 2 : (start.x + end.x) / 2;
  const [a, b] = vertical
    ? [`${start.x} ${middle}`, `${end.x} ${middle}`]
    : [`${middle} ${start.y}`, `${middle} ${end.y}`];
  return `M${start.x} ${start.y}C${a} ${b} ${end.x} ${end.y}`;
};

const verticalEnds = (from: Box, to: Box): [Point, Point] => {
  const goesDown = from.y < to.y;
  return [
    { x: from.x + from.width / 2, y: goesDown ? from.y + from.height : from.y },
    { x: to.x + to.width / 2, y: goesDown ? to.y : to.y + to.height },
  ];
};

const horizontalEnds = (from: Box, to: Box): [Point, Point] => {
  const goesRight = from.x < to.x;
  return [
    { x: goesRight ? from.x + from.width : from.x, y: from.y + from.height / 2 },
    { x: goesRight ? to.x : to.x + to.width, y: to.y + to.height / 2 },
  ];
};
