import { canonicalJson } from './canonical-json.ts';
import { isExactNumber } from './exact-json.ts';

/** Whether no two of the items say the same, however they are written. In time linear in their size. */
export const areUnique = (items: readonly unknown[]): boolean =>
  differInOneField(items) || new Set(items.map(canonicalJson)).size === items.length;

/** Mostly one field has another text or number in each item: then nothing else of them needs to be compared. */
const differInOneField = (items: readonly unknown[]): boolean => {
  const [first] = items;
  if (typeof first !== 'object' || first === null || items.some(isExactNumber)) return false;
  return Object.keys(first).some((field) => {
    const values = new Set<unknown>();
    for (const item of items) {
      const value = (item as Record<string, unknown> | null)?.[field];
      if ((typeof value !== 'string' && typeof value !== 'number') || values.has(value)) return false;
      values.add(value);
    }
    return true;
  });
};
