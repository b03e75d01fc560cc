import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decodeEvent } from './cloud-event.ts';
import { decodeDocument } from './document.ts';
import { publishedFolder } from './published.ts';
import type { PublishedSample } from './published-forms.ts';
import { documentTopics, topics } from './topics.ts';

const packageFolder = join(import.meta.dirname, '..');
const published = await readdir(publishedFolder);
const read = async (file: string) => JSON.parse(await readFile(join(publishedFolder, file), 'utf8'));

const samples = published.filter((name) => name.endsWith('.sample.json'));
const isOfDocument = (file: string) => documentTopics.some(({ name }) => file === `${name}.sample.json`);

describe('every sample ever published', () => {
  for (const file of samples.filter((name) => !isOfDocument(name)))
    test(`${file} decodes to what it says`, async () => {
      const sample: PublishedSample = await read(file);
      const topic = topics.find(({ name }) => name === sample.topic);
      expect(topic, `topic ${sample.topic}`).toBeDefined();
      const message = { ...sample, value: Buffer.from(JSON.stringify(sample.value)) };
      expect(topic && decodeEvent(topic, message)).toEqual({
        id: sample.headers.ce_id,
        source: sample.headers.ce_source,
        type: file.replace('.sample.json', ''),
        time: new Date(sample.headers.ce_time as string),
        sequence: BigInt(sample.headers.ce_sequence as string),
        key: sample.key,
        traceparent: sample.headers.traceparent,
        data: sample.value,
      });
    });

  for (const topic of documentTopics)
    test(`the document of ${topic.name} is taken as it is`, async () => {
      const sample: PublishedSample = await read(`${topic.name}.sample.json`);
      const text = JSON.stringify(sample.value);
      const message = { key: sample.key, value: Buffer.from(text) };
      expect(decodeDocument(topic, message)).toEqual({ document: sample.value, text });
    });

  for (const file of samples)
    test(`${file} is valid by its frozen schema, as another validator reads it`, async () => {
      const ajv = new Ajv({ strict: false });
      addFormats.default(ajv);
      const schema = await read(file.replace('.sample.', '.schema.'));
      expect(ajv.validate(schema, (await read(file)).value), ajv.errorsText()).toBe(true);
    });
});

describe('the scripts, run against a copy of the package', () => {
  let copy = '';
  let source = '';
  let loads = 0;
  /** A path that nothing was imported from. */
  const freshPath = () => join(copy, `${++loads}`);

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'contracts-'));
    await symlink(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
    await cp(join(packageFolder, 'package.json'), join(copy, 'package.json'));
  });
  afterAll(() => rm(copy, { recursive: true }));

  /** Runs the script on a fresh copy of src/ after the edits, each of which must find its text. */
  const run = async (
    scripts: string[],
    edits: [file: string, from: string, to: string][] = [],
    remove: string[] = [],
  ) => {
    source = freshPath();
    await cp(join(packageFolder, 'src'), source, { recursive: true });
    for (const [file, from, to] of edits) {
      const text = await readFile(join(source, file), 'utf8');
      expect(text).toContain(from);
      await writeFile(
        join(source, file),
        text.replace(from, () => to),
      );
    }
    for (const file of remove) await rm(join(source, file));
    const codes: number[] = [];
    const outputs: string[] = [];
    for (const script of scripts) {
      const { code, output } = await runScript(script);
      codes.push(code);
      outputs.push(output);
    }
    return { codes, outputs };
  };

  /** In this process: one of its own takes most of its time to load what is the same for all. */
  const runScript = async (script: string): Promise<{ code: number; output: string }> => {
    const path = freshPath();
    await rename(source, path);
    source = path;
    let output = '';
    const write = (text: unknown) => {
      output += `${text}\n`;
    };
    const spies = [
      vi.spyOn(console, 'log').mockImplementation(write),
      vi.spyOn(console, 'error').mockImplementation(write),
    ];
    const exitCodeBefore = process.exitCode;
    process.exitCode = 0;
    try {
      await import(pathToFileURL(join(source, script)).href);
    } catch (error) {
      write(error);
      process.exitCode = 1;
    }
    const code = Number(process.exitCode);
    process.exitCode = exitCodeBefore;
    for (const spy of spies) spy.mockRestore();
    return { code, output };
  };

  const frozen = (file: string) => readFile(join(source, 'published', file), 'utf8');

  test('the check, as a process, passes on what is here and fails on what is not frozen', async () => {
    const check = () =>
      new Promise((resolve) => {
        execFile(process.execPath, [join(source, 'check-compatibility.ts')], (error, stdout, stderr) =>
          resolve({ code: error ? error.code : 0, output: stdout + stderr }),
        );
      });
    await run([]);
    expect(await check()).toEqual({ code: 0, output: '' });
    await rm(join(source, 'published/orders.schema.json'));
    expect(await check()).toEqual({
      code: 1,
      output: expect.stringContaining('orders: its schema is not frozen'),
    });
  });

  const activity = 'type: Type.String({ pattern: activityTypePattern }),';
  test.each<[string, [string, string, string], string]>([
    [
      'a removed property',
      ['user-updates.ts', '  cart: Type.Array(', '  basket: Type.Array('],
      'cart_updated.v1: /cart: removed',
    ],
    ['a retyped property', ['user-updates.ts', activity, 'type: Type.Integer(),'], '/type: type changed'],
    [
      'a property made optional',
      ['fields.ts', 'Type.Union([schema, Type.Null()], options)', 'Type.Optional(schema)'],
      '/sku: made optional',
    ],
    [
      'a required property that is new',
      ['user-updates.ts', activity, `${activity} shop: uuid(),`],
      '/shop: added as required',
    ],
    [
      'a raised limit',
      ['fields.ts', 'quantityMax = 1_000_000', 'quantityMax = 2_000_000'],
      '/cart/[]/quantity: maximum changed',
    ],
    [
      'a narrowed text',
      ['product-updates.ts', 'skuLengthMax = 100', 'skuLengthMax = 50'],
      '/sku/anyOf[0]: maxLength changed',
    ],
    [
      'another key',
      ['product-updates.ts', "key: 'product_id'", "key: 'version'"],
      'product.purchased.v1 does not require version',
    ],
    [
      'a renamed topic',
      ['user-updates.ts', "name: 'user-updates'", "name: 'users'"],
      'moved from topic user-updates to users',
    ],
    [
      'a removed topic',
      ['topics.ts', '[userUpdates, productUpdates, ', '[userUpdates, '],
      'product.created.v1: removed',
    ],
    [
      'a new version in place of the old',
      ['product-updates.ts', 'product.deleted.v1', 'product.deleted.v2'],
      'product.deleted.v1: removed',
    ],
    [
      'an optional property that is not frozen',
      ['user-updates.ts', activity, `${activity} shop: Type.Optional(uuid()),`],
      'not frozen',
    ],
    [
      'a required property of a document that is new',
      ['orders.ts', 'locale: text(),', 'locale: text(), channel: text(),'],
      'orders: /channel: added as required',
    ],
    [
      'a property of a document made required',
      ['orders.ts', 'sku: Type.Optional(text(skuLengthMax)),', 'sku: text(skuLengthMax),'],
      'orders: /items/[]/sku: made required',
    ],
    [
      'a removed property of a document',
      ['orders.ts', 'unit_price_minor: Type.Optional(amountMinor()),', ''],
      'orders: /items/[]/unit_price_minor: removed',
    ],
    [
      'a retyped property of a document',
      ['orders.ts', 'shardkey: text(),', 'shardkey: integer(),'],
      'orders: /shardkey: type changed',
    ],
    [
      'a lowered limit of a document',
      ['orders.ts', 'orderItemsMax = 1_000', 'orderItemsMax = 500'],
      'orders: /items: maxItems changed from 1000 to 500',
    ],
    [
      'a smaller document',
      ['orders.ts', 'documentBytesMax: 1_048_576', 'documentBytesMax: 65_536'],
      'orders: /: documentBytesMax changed from 1048576 to 65536',
    ],
    [
      'another key of a document',
      ['orders.ts', "key: 'order_uid'", "key: 'track_number'"],
      'orders: its sample does not decode: key_mismatch',
    ],
    [
      'a topic of documents that is gone',
      ['topics.ts', 'readonly DocumentTopic[] = [orders]', 'readonly DocumentTopic[] = []'],
      'orders: removed',
    ],
  ])('the check fails on %s, and names it', async (_, edit, problem) => {
    const { codes, outputs } = await run(['check-compatibility.ts'], [edit]);
    expect(outputs[0]).toContain(problem);
    expect(codes).toEqual([1]);
  });

  test('the check fails on frozen files that are gone, and names every one', async () => {
    const gone = ['published/user.deleted.v1.sample.json', 'published/product.created.v1.schema.json'];
    const { codes, outputs } = await run(['check-compatibility.ts'], [], gone);
    expect(outputs[0]).toContain('user.deleted.v1: its sample is not frozen');
    expect(outputs[0]).toContain('product.created.v1: its schema is not frozen');
    expect(codes).toEqual([1]);
  });

  test('freeze adds a new version beside the old, and the check passes', async () => {
    const added = `'product.deleted.v2': defineEvent('Gone.', { product_id: uuid() }, { product_id: product.product_id }),`;
    const edit: [string, string, string] = [
      'product-updates.ts',
      "'product.deleted.v1':",
      `${added} 'product.deleted.v1':`,
    ];
    const { codes, outputs } = await run(
      ['check-compatibility.ts', 'freeze-published.ts', 'check-compatibility.ts'],
      [edit],
    );
    expect(codes).toEqual([1, 0, 0]);
    expect(outputs[0]).toContain('product.deleted.v2: its schema is not frozen');
    expect(outputs[1]).toMatch(/^(frozen: .*product\.deleted\.v2.*\n){2}$/);
    expect(JSON.parse(await frozen('product.deleted.v2.sample.json')).headers.ce_type).toBe(
      'product.deleted.v2',
    );
  });

  test('freeze takes up an optional property, leaves the sample, and the property cannot go any more', async () => {
    const edit: [string, string, string] = [
      'user-updates.ts',
      activity,
      `${activity} shop: Type.Optional(uuid()),`,
    ];
    const { codes, outputs } = await run(['freeze-published.ts', 'check-compatibility.ts'], [edit]);
    expect(codes).toEqual([0, 0]);
    expect(outputs[0]).toMatch(/^frozen: .*user\.activity_recorded\.v1\.schema\.json\n$/);
    const sample = 'user.activity_recorded.v1.sample.json';
    expect(await frozen(sample)).toBe(await readFile(join(publishedFolder, sample), 'utf8'));

    const file = join(source, 'user-updates.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace('shop: Type.Optional(uuid()),', ''));
    expect((await runScript('check-compatibility.ts')).output).toContain('/shop: removed');
  });

  test.each<[string, [string, string, string], string]>([
    [
      'an optional property',
      ['orders.ts', 'locale: text(),', 'locale: text(), channel: Type.Optional(text()),'],
      '/channel: removed',
    ],
    [
      'a raised limit',
      ['orders.ts', 'orderItemsMax = 1_000', 'orderItemsMax = 2_000'],
      '/items: maxItems changed from 2000 to 1000',
    ],
    [
      'a property made optional',
      ['orders.ts', 'bank: text(),', 'bank: Type.Optional(text()),'],
      '/payment/bank: made required',
    ],
  ])('freeze takes up %s of a document, which cannot be taken back', async (_, edit, problem) => {
    const scripts = ['check-compatibility.ts', 'freeze-published.ts', 'check-compatibility.ts'];
    const { codes, outputs } = await run(scripts, [edit]);
    expect(outputs[0]).toContain('orders: what was added to it is not frozen');
    expect(outputs[1]).toMatch(/^frozen: .*orders\.schema\.json\n$/);
    expect(codes).toEqual([1, 0, 0]);

    await cp(join(packageFolder, 'src/orders.ts'), join(source, 'orders.ts'));
    expect((await runScript('check-compatibility.ts')).output).toContain(`orders: ${problem}`);
  });

  test('freeze writes the example of a new topic of documents', async () => {
    const { codes } = await run(
      ['freeze-published.ts', 'check-compatibility.ts'],
      [],
      ['published/orders.schema.json', 'published/orders.sample.json'],
    );
    expect(codes).toEqual([0, 0]);
    const { value, ...message } = JSON.parse(await frozen('orders.sample.json'));
    expect(message).toEqual({ topic: 'orders', key: value.order_uid, headers: {} });
  });

  test('freeze never overwrites a type with a breaking change', async () => {
    const edit: [string, string, string] = ['user-updates.ts', activity, 'type: Type.Integer(),'];
    const { codes, outputs } = await run(['freeze-published.ts'], [edit]);
    expect(codes).toEqual([1]);
    expect(outputs[0]).toContain('user.activity_recorded.v1: /type: type changed');
    const schema = 'user.activity_recorded.v1.schema.json';
    expect(await frozen(schema)).toBe(await readFile(join(publishedFolder, schema), 'utf8'));
  });
});
