import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { demoDisplay } from './demo-display.ts';

test('shows names without what a terminal would obey', () => {
  const stream = new PassThrough();
  const name = '\u001b]52;c;cm0=\u0007Lamp';
  demoDisplay(stream as unknown as NodeJS.WriteStream).recommendations('trending', [
    { name, price: 12.5, currency: 'USD' },
  ]);
  const shown = String(stream.read());
  expect(shown).toContain('\\u001b]52;c;cm0=\\u0007Lamp  12.50 USD');
  expect(shown).not.toContain(name);
});
