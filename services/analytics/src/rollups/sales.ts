/** Purchase lines, the things in them, what came back of them, and the money of both in minor units of one currency. */
export interface Sales {
  purchases: number;
  units: number;
  returnedUnits: number;
  grossMinor: bigint;
  refundedMinor: bigint;
}

export const noSales: Readonly<Sales> = {
  purchases: 0,
  units: 0,
  returnedUnits: 0,
  grossMinor: 0n,
  refundedMinor: 0n,
};

/**
 * Without a quantity a purchase is of one unit, and without a price it is free. `minorInPrice` is how many minor units the
 * unit of the price has.
 */
export const saleOf = (
  { quantity, unit_price_minor }: { quantity: number | null; unit_price_minor: number | null },
  minorInPrice = 1,
): Sales => ({
  ...noSales,
  purchases: 1,
  units: quantity ?? 1,
  grossMinor: amountOf(quantity ?? 1, (unit_price_minor ?? 0) * minorInPrice),
});

/** A return takes nothing back of what was bought: it counts at its own time. */
export const returnOf = ({
  quantity,
  unit_price_minor,
}: {
  quantity: number;
  unit_price_minor: number;
}): Sales => ({ ...noSales, returnedUnits: quantity, refundedMinor: amountOf(quantity, unit_price_minor) });

const amountOf = (units: number, price: number): bigint => {
  const amount = units * price;
  return Number.isSafeInteger(amount) ? BigInt(amount) : BigInt(units) * BigInt(price);
};

export const addSales = (row: Sales, added: Sales): void => {
  row.purchases += added.purchases;
  row.units += added.units;
  row.returnedUnits += added.returnedUnits;
  row.grossMinor += added.grossMinor;
  row.refundedMinor += added.refundedMinor;
};
