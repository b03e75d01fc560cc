/**
 * Writes the types that openapi-typescript makes of the OpenAPI documents of the services into generated/: of those that
 * the client knows, and of a service given by name. With --check it writes nothing, and exits with 1 when they are of
 * other documents than those of today, or have been changed by hand.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { spawnService } from '@souk/testing/service.ts';

/** Its TypeScript is older than the one of this checkout, which has no JavaScript API. */
const generator = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];
/** A service answers /openapi.json from its first moment on, whatever is missing. */
const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', KAFKA_BROKERS: '127.0.0.1:9' };

const typesFile = (name: ServiceName): string => join(import.meta.dirname, 'generated', `${name}.ts`);

const names = serviceNames.filter((name) => existsSync(typesFile(name)) || process.argv.includes(name));

const main = async (checkOnly: boolean): Promise<number> => {
  const documents = await Promise.all(names.map(async (name) => [name, await documentOf(name)] as const));
  const stale = documents.filter(([name, document]) => !isCurrent(name, document));
  if (!checkOnly) for (const [name, document] of stale) write(name, document);
  else if (stale.length > 0)
    console.error(
      `The types of ${stale.map(([name]) => name).join(', ')} are not those of today's OpenAPI documents: npm run pnpm -- --filter @souk/client generate`,
    );
  return checkOnly && stale.length > 0 ? 1 : 0;
};

const documentOf = async (name: ServiceName): Promise<string> => {
  const service = await spawnService(name, { ...nowhere, LOG_LEVEL: 'fatal' });
  try {
    return await eventually(async () => {
      const answer = await fetch(`${service.url}/openapi.json`);
      if (!answer.ok) throw new Error(`${name} gives no document: ${answer.status}`);
      return answer.text();
    });
  } finally {
    service.kill('SIGKILL');
    await service.exited;
  }
};

const isCurrent = (name: ServiceName, document: string): boolean => {
  if (!existsSync(typesFile(name))) return false;
  const text = readFileSync(typesFile(name), 'utf8');
  const types = text.slice(text.indexOf('\n') + 1);
  return text === firstLine(document, types) + types;
};

/** Ties the types to their document, and to how they were written, so that a check needs no generator. */
const firstLine = (document: string, types: string): string =>
  `// SHA-256 of the document and of these types: ${createHash('sha256').update(document).update(types).digest('hex')}\n`;

const write = (name: ServiceName, document: string): void => {
  const work = mkdtempSync(join(tmpdir(), 'souk-client-'));
  const json = join(work, `${name}.json`);
  const types = join(work, `${name}.ts`);
  writeFileSync(json, sharingProblems(document));
  const packages = generator.flatMap((wanted) => ['--package', wanted]);
  execFileSync('npx', ['--yes', ...packages, 'openapi-typescript', json, '--output', types]);
  const written = withoutNever(readFileSync(types, 'utf8'));
  writeFileSync(typesFile(name), firstLine(document, written) + written);
  rmSync(work, { recursive: true });
};

/** Every operation answers the same dozen problems: named once, the types are half as long. */
const sharingProblems = (document: string): string => {
  const responses: Record<string, unknown> = {};
  const share = (response: { description: string }) => {
    const name = response.description.replaceAll(' ', '');
    responses[name] ??= response;
    return isDeepStrictEqual(responses[name], response)
      ? { $ref: `#/components/responses/${name}` }
      : response;
  };
  const shared = JSON.parse(document, (_, node) =>
    node?.content?.['application/problem+json']?.schema.$ref === '#/components/schemas/Problem'
      ? share(node)
      : node,
  );
  return JSON.stringify({ ...shared, components: { ...shared.components, responses } });
};

/** Of every path its operations alone: the generator also writes what it does not have, a dozen lines of a path. */
const withoutNever = (types: string): string => {
  const [paths = '', others = ''] = types.split(/(?=^export type webhooks)/m);
  return paths.replace(/^ {8}(\w+\?: never|parameters: \{\n( {12}\w+\?: never;\n)+ {8}\});\n/gm, '') + others;
};

process.exitCode = await main(process.argv.includes('--check'));
