const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const nouns = ['LAMP', 'MUG', 'TEAPOT', 'CUSHION', 'PLANTER', 'NOTEBOOK', 'KITE', 'TOWEL', 'BROOCH', 'RUG'];
const looks = ['RED', 'BLUE', 'LARGE', '"ROUND, SMALL"', 'CAFÉ', 'SET OF 6'];
const invoices = 60;

/**
 * An invented Online Retail file, the same every time, as its lines with the header first: invoices of five days, with
 * lines that stand twice in one invoice, cancellations, lines without a customer, and quantities and prices of zero or
 * less.
 */
export const retailSample = (): string[] => [
  header,
  ...Array.from({ length: invoices }, invoiceLines).flat(),
];

const invoiceLines = (_: unknown, index: number): string[] => {
  const at = new Date(Date.UTC(2024, 2, 10 + Math.floor(index / 12), 8, 26 + index * 7));
  const date = at.toISOString().slice(0, 19).replace('T', ' ');
  const isCancelled = index % 11 === 5;
  const number = `${isCancelled ? 'C' : ''}${700_001 + index}`;
  const customer = index % 7 === 3 ? '' : `${20_001 + ((index * 5) % 17)}.0`;
  const lines = Array.from({ length: 1 + ((index * 13) % 14) }, (_, place) => {
    const product = (index * index + place * 11) % 60;
    const name = `${looks[product % looks.length]} ${nouns[product % nouns.length]}`.replaceAll('"', '');
    const description = name.includes(',') ? `"${name}"` : name;
    const quantity = isCancelled ? -2 : place === 9 ? 0 : 1 + ((index + place * place) % 12);
    const price = place === 7 ? '0.0' : `${(95 + product * 35) / 100}`;
    return [number, `S${100 + product}`, description, quantity, date, price, customer, 'France'].join(',');
  });
  // What is scanned twice stands twice.
  return index % 4 === 0 ? [...lines, lines[0] as string] : lines;
};
