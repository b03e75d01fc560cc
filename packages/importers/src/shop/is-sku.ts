import { skuLengthMax, skuPattern } from '@souk/contracts/product-updates.ts';

const pattern = new RegExp(skuPattern);

/** Whether the catalogue takes a trimmed text as a sku: one that it refuses would end an import. */
export const isSku = (text: string): boolean => text.length <= skuLengthMax && pattern.test(text);
