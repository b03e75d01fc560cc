/** A product of the demonstration shop, as POST /api/v1/products/batch takes it. */
export interface DemoProduct {
  sku: string;
  name: string;
  category: string;
  brand: string;
  /** Major units. */
  price: number;
}

export const demoProductsMax = 5_000;

const departments = [
  {
    category: 'Lighting',
    nouns: ['Lamp', 'Lantern', 'Candle Holder', 'Pendant', 'Night Light'],
    cents: 1_900,
  },
  { category: 'Kitchen', nouns: ['Mug', 'Teapot', 'Bread Bin', 'Chopping Board', 'Jug'], cents: 1_200 },
  { category: 'Textiles', nouns: ['Cushion', 'Blanket', 'Tea Towel', 'Rug', 'Curtain'], cents: 2_400 },
  { category: 'Garden', nouns: ['Planter', 'Watering Can', 'Bird House', 'Trowel', 'Bench'], cents: 1_700 },
  {
    category: 'Stationery',
    nouns: ['Notebook', 'Fountain Pen', 'Desk Tidy', 'Planner', 'Globe'],
    cents: 900,
  },
  { category: 'Toys', nouns: ['Train', 'Puzzle', 'Kite', 'Puppet', 'Spinning Top'], cents: 1_100 },
  { category: 'Bath', nouns: ['Towel', 'Soap Dish', 'Bath Mat', 'Mirror', 'Brush'], cents: 1_300 },
  { category: 'Jewellery', nouns: ['Necklace', 'Bracelet', 'Brooch', 'Ring', 'Earrings'], cents: 3_900 },
];
const looks = [
  'Walnut',
  'Copper',
  'Linen',
  'Enamel',
  'Ivory',
  'Cobalt',
  'Woven',
  'Marble',
  'Amber',
  'Smoked',
];
const brands = ['Alder & Finch', 'Casa Mirto', 'Nordlys', 'Patchwork Row', 'Sable', 'Three Herons'];

/**
 * The first `count` products of the demonstration shop. A product depends on its place alone, so that every run, of
 * whatever size, finds the ones of earlier runs unchanged.
 */
export const demoCatalogue = (count: number): DemoProduct[] => Array.from({ length: count }, demoProduct);

const demoProduct = (_: unknown, index: number): DemoProduct => {
  const department = at(departments, index);
  const round = Math.floor(index / departments.length);
  const style = Math.floor(round / department.nouns.length);
  const edition = Math.floor(style / looks.length);
  const name = `${at(looks, style)} ${at(department.nouns, round)}`;
  // From half to about three times the department's usual price, ending in 9.
  const cents = Math.round((department.cents * (50 + ((index * 37) % 251))) / 1_000) * 10 + 9;
  return {
    sku: `DEMO-${`${index + 1}`.padStart(4, '0')}`,
    name: edition === 0 ? name : `${name} No. ${edition + 1}`,
    category: department.category,
    brand: at(brands, index * 5 + round),
    price: cents / 100,
  };
};

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
