import { skuLengthMax } from '@souk/contracts/product-updates.ts';
import type { Table } from '../files/find-table.ts';
import type { FileRecord } from '../files/read-records.ts';
import { readTime } from '../online-retail/retail-values.ts';
import { isSku } from '../shop/is-sku.ts';
import type { InteractionLine, InteractionType } from './interaction.ts';
import type { InteractionColumn } from './interaction-layout.ts';

const typesByName = new Map<string, InteractionType>([
  ...(['view', 'click', 'pageview'] as const).map((name) => [name, 'view'] as const),
  ...(['like', 'favorite', 'favourite', 'wishlist'] as const).map((name) => [name, 'like'] as const),
  ...(['addtocart', 'cart'] as const).map((name) => [name, 'add_to_cart'] as const),
  ...(['purchase', 'transaction', 'buy', 'order'] as const).map((name) => [name, 'purchase'] as const),
]);

/** From this rating on (of 5) a user likes what was rated; any other line without a type is a view. */
const likedFrom = 4;
const userLengthMax = 200;
const yearMaxMs = Date.parse('2200-01-01T00:00:00Z');

/** Judges one record. A fault names the first column that cannot be read. */
export const readInteractionLine = (
  { fields, lineNumber }: FileRecord,
  { places, fieldCount }: Table<InteractionColumn>,
): InteractionLine => {
  const field = (column: InteractionColumn): string => {
    const place = places[column];
    return place === undefined ? '' : (fields[place]?.trim() ?? '');
  };
  const fault = (text: string): InteractionLine => ({ lineNumber, fault: text });
  if (fields.length !== fieldCount) return fault(`${fields.length} fields instead of ${fieldCount}`);
  const [user, product, session] = [field('user'), field('product'), field('session')];
  const atMs = instantOf(field('time'));
  const type = typeOf(field('type'), field('weight'));

  if (user === '' || user.length > userLengthMax) return fault(`user "${user.slice(0, userLengthMax)}"`);
  if (!isSku(product)) return fault(`product "${product.slice(0, skuLengthMax)}"`);
  if (fields.some((text) => text.includes('\0'))) return fault('a zero byte');
  if (atMs === undefined) return fault(`time "${field('time')}"`);
  if (type === undefined)
    return fault(field('type') === '' ? `weight "${field('weight')}"` : `type "${field('type')}"`);
  return { lineNumber, interaction: { user, product, atMs, type, ...(session && { session }) } };
};

/** A date, a time of day, a fraction of its second, and how far it is from UTC. */
const datedFromYear =
  /^(\d{4}\D.*?)((?<=:\d\d)\.\d+)?\s*(Z|UTC|GMT|(?<=:\d\d(?:\.\d+)?\s*)([+-])([01]\d|2[0-3]):?([0-5]\d)?)?$/i;

/**
 * Unix time in seconds or, from 12 digits on, milliseconds; RFC 3339; "2010-12-01 08:26:00" and "2010-12-01", as UTC. No
 * date with the year last: "1/12/2010" is one of two.
 */
const instantOf = (text: string): number | undefined => {
  if (/^\d{1,15}(\.\d+)?$/.test(text)) {
    const ms = Math.round(Number(text) * (Number(text) < 1e11 ? 1_000 : 1));
    return ms < yearMaxMs ? ms : undefined;
  }
  const [, local = '', fraction = '0', , sign, hours, minutes] = datedFromYear.exec(text) ?? [];
  const day = local.includes(':') ? local : `${local} 00:00`;
  const aheadMs =
    sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
  const ms =
    Date.parse(readTime(day, undefined) ?? '') + Math.round(Number(fraction.slice(0, 4)) * 1_000) - aheadMs;
  return Number.isNaN(ms) || ms < 0 || ms >= yearMaxMs ? undefined : ms;
};

/** Undefined for a type that is not known, and for a weight that is no number above zero. */
const typeOf = (name: string, weight: string): InteractionType | undefined => {
  if (name !== '') return typesByName.get(name.toLowerCase().replace(/[^a-z]/g, ''));
  if (weight === '') return 'view';
  const value = Number(weight);
  if (!(value > 0 && Number.isFinite(value))) return undefined;
  return value >= likedFrom ? 'like' : 'view';
};
