/** Purchase lines, the things in them, and what they cost in minor units of the shop's currency. */
export interface Sales {
  purchases: number;
  units: number;
  revenueMinor: bigint;
}

export const noSales: Readonly<Sales> = { purchases: 0, units: 0, revenueMinor: 0n };

/** Without a quantity a purchase is of one unit, and without a price it is free. */
export const addSale = (
  row: Sales,
  { quantity, unit_price_minor }: { quantity: number | null; unit_price_minor: number | null },
): void => {
  const units = quantity ?? 1;
  const price = unit_price_minor ?? 0;
  const revenue = units * price;
  row.purchases += 1;
  row.units += units;
  row.revenueMinor += Number.isSafeInteger(revenue) ? BigInt(revenue) : BigInt(units) * BigInt(price);
};

export const addSales = (row: Sales, { purchases, units, revenueMinor }: Sales): void => {
  row.purchases += purchases;
  row.units += units;
  row.revenueMinor += revenueMinor;
};
