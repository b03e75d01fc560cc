interface Figures {
  events: Record<string, number>;
  events_total: number;
  purchases: number;
  units: number;
  returned_units: number;
  revenue: number;
}

/** How each figure has changed, as a part of what it was before; null when it was nothing or less. */
export const changeOf = (before: Figures, now: Figures) => ({
  events: Object.fromEntries(
    [...new Set([...Object.keys(now.events), ...Object.keys(before.events)])].map((type) => [
      type,
      partOf(before.events[type] ?? 0, now.events[type] ?? 0),
    ]),
  ),
  events_total: partOf(before.events_total, now.events_total),
  purchases: partOf(before.purchases, now.purchases),
  units: partOf(before.units, now.units),
  returned_units: partOf(before.returned_units, now.returned_units),
  revenue: partOf(before.revenue, now.revenue),
});

const partOf = (before: number, now: number): number | null => (before <= 0 ? null : (now - before) / before);
