/**
 * Writes the interactions of an invented shop to standard output; invented-shop.csv is what it writes. Products belong to
 * tastes and stand on a shelf; a shopper has a few tastes, a visit follows one of them along the shelf, often to the
 * next product, sometimes to whatever is popular. Many shoppers come once.
 */
import { randomNumbers } from '../random.ts';

const shoppers = 330;
const tastes = 10;
const productsPerTaste = 18;
const dayMs = 86_400_000;
const beginMs = Date.parse('2026-01-05T08:00:00Z');

const random = randomNumbers(20_260_105);
const below = (count: number): number => Math.floor(random() * count);
/** Few are popular: the first of `count` much more than the last. */
const popular = (count: number): number => Math.floor(count * random() ** 2.2);

const lines: { user: string; product: string; atMs: number; type: string }[] = [];

const visit = (shopper: number, taste: number, beganMs: number): void => {
  let place = popular(productsPerTaste);
  let atMs = beganMs;
  for (let step = 2 + popular(9); step > 0; step -= 1) {
    atMs += 20_000 + below(200_000);
    const elsewhere = random() < 0.12;
    const product = elsewhere ? `p${popular(tastes)}-${popular(productsPerTaste)}` : `p${taste}-${place}`;
    const type = random() < 0.12 ? 'purchase' : random() < 0.2 ? 'add_to_cart' : 'view';
    lines.push({ user: `u${shopper}`, product, atMs, type });
    place = random() < 0.7 ? (place + 1) % productsPerTaste : popular(productsPerTaste);
  }
};

for (let shopper = 0; shopper < shoppers; shopper += 1) {
  const liked = [popular(tastes), below(tastes), below(tastes)];
  const visits = random() < 0.35 ? 1 : 1 + popular(5);
  let day = below(60);
  for (let count = 0; count < visits; count += 1) {
    visit(shopper, liked[popular(3)] as number, beginMs + day * dayMs + below(43_200_000));
    day += 1 + below(14);
  }
}

lines.sort((a, b) => a.atMs - b.atMs);
process.stdout.write('user_id,product_id,timestamp,event\n');
for (const { user, product, atMs, type } of lines)
  process.stdout.write(`${user},${product},${atMs},${type}\n`);
