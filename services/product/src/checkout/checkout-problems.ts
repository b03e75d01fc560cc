import { toMajor } from '@souk/service-kit/money.ts';
import { problem, tryAgain } from '@souk/service-kit/problem.ts';
import type { Difference, Offer } from './offer.ts';

export const checkoutNotFound = () => problem(404, 'checkout_not_found', 'there is no such checkout');

export const cartNotHere = () =>
  tryAgain(409, 'cart_not_here', 'a cart of this version has not arrived here: try again in a moment');

export const cartEmpty = () => problem(409, 'cart_empty', 'there is nothing in the cart');

export const checkoutInProgress = (orderUid: string) =>
  problem(
    409,
    'checkout_in_progress',
    `what was ordered by ${orderUid} is still being taken out of the cart: try again in a moment`,
    { headers: { 'retry-after': '1' }, extensions: { order_uid: orderUid } },
  );

export const mixedCurrencies = () =>
  problem(409, 'mixed_currencies', 'the products of the cart have prices in several currencies');

export const amountTooLarge = () => problem(409, 'amount_too_large', 'the amount is too large for one order');

export const checkoutDiffers = ({ differences, confirm }: Offer) =>
  problem(409, 'checkout_differs', 'what is ordered is not what the cart says: confirm the differences', {
    extensions: { differences: differences.map(viewDifference), confirm },
  });

export const nothingToOrder = ({ differences }: Offer) =>
  problem(409, 'nothing_to_order', 'nothing that is in the cart can be ordered now', {
    extensions: { differences: differences.map(viewDifference) },
  });

/** With money in major units, as everywhere in HTTP. */
const viewDifference = (difference: Difference) => {
  if (difference.kind !== 'price') return difference;
  const { before_minor, now_minor, ...rest } = difference;
  const major = (minor: number) => toMajor(minor, rest.currency);
  return { ...rest, before: before_minor === null ? null : major(before_minor), now: major(now_minor) };
};
