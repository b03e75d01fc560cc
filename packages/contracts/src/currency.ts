/** ISO 4217's currencies with three and four decimals. */
const threeDecimals = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);
const fourDecimals = new Set(['CLF', 'UYW']);
/** ISO 4217's currencies without decimals. */
const noDecimals = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '));

/** The decimals of amounts in a currency, by ISO 4217; 2 for one that it does not know. */
export const decimalsOf = (currency: string): number => {
  if (noDecimals.has(currency)) return 0;
  if (threeDecimals.has(currency)) return 3;
  return fourDecimals.has(currency) ? 4 : 2;
};

/**
 * The decimals of one minor unit of amounts in tables and events: hundredths, or what is smaller in the currency. So
 * the amounts of currencies without decimals are hundredths too, as they have always been.
 */
export const minorDecimalsOf = (currency: string): number => Math.max(2, decimalsOf(currency));
