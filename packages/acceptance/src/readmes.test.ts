import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serviceNames } from '@souk/contracts/services.ts';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = globSync('{,.github/,*/**/}*.md', {
  cwd: root,
  exclude: (path) => path.endsWith('node_modules'),
}).map((path) => [path, read(path)] as const);
const withoutCode = (text: string) => text.replaceAll(/^```.*?^```/gms, '');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, first]) => first ?? '');

/** The anchors of GitHub. */
const anchorsOf = (path: string) =>
  found(withoutCode(read(path)), /^#+ (.*)$/gm).map((title) =>
    title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

const leadsSomewhere = (page: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target)) || anchor === undefined) return existsSync(join(root, target));
  return anchorsOf(target.endsWith('.md') ? target : join(target, 'README.md')).includes(anchor);
};

test('every link from one page of this repository to another leads somewhere', () => {
  const links = pages.flatMap(([page, text]) =>
    found(withoutCode(text).replaceAll(/`[^`\n]*`/g, ''), /\]\((?![a-z]+:)([^)\s]+)\)/g).map((link) => [
      page,
      link,
    ]),
  );
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter(([page = '', link = '']) => !leadsSomewhere(page, link))).toEqual([]);
});

test('every command of npm and pnpm that a page names is there', () => {
  const scriptsOf = (path: string) => Object.keys(JSON.parse(read(path)).scripts ?? {});
  const here = scriptsOf('package.json').map((name) => `npm run ${name}`);
  const ofPackages = globSync('{packages,services}/*/package.json', { cwd: root }).flatMap((path) =>
    scriptsOf(path).map((name) => `${JSON.parse(read(path)).name} ${name}`),
  );
  const named = pages.flatMap(([, text]) => [
    ...found(text, /(npm run [\w:-]+)/g),
    ...found(text, /--filter (@?[\w/-]+ [a-z][\w:]*)/g),
  ]);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((command) => ![...here, ...ofPackages].includes(command))).toEqual([]);
});

/** Each service has a port of its own; the secret of the test provider is there for `souk demo`. */
const otherThanDefault = ['PORT', 'PAYMENT_SECRETS'];

test('.env.example names every variable that a service reads, with its default', async () => {
  const given = new Map(
    [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
  const isGiven = (variable: string, value: unknown) =>
    value === undefined || otherThanDefault.includes(variable)
      ? given.has(variable)
      : given.get(variable) === `${value}`;
  for (const name of serviceNames) {
    const { configSchema } = await import(join(root, 'services', name, 'src/config.ts'));
    const variables = Object.entries<{ default?: unknown }>(configSchema.properties);
    expect(variables.length).toBeGreaterThan(20);
    expect(variables.filter(([variable, schema]) => !isGiven(variable, schema.default))).toEqual([]);
  }
});

test('.env.example says what docker-compose.yml takes from it, beside the versions of images', () => {
  const [, section = ''] = read('.env.example').split('--- docker-compose.yml');
  const taken = found(read('docker-compose.yml'), /\$\{([A-Z0-9_]+)/g);
  const versions = /^SOUK_\w+_IMAGE$/;
  expect(taken.filter((name) => !versions.test(name) && !new RegExp(`\\b${name}\\b`).test(section))).toEqual(
    [],
  );
});
