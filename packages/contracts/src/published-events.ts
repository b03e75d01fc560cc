import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEvent, encodeEvent } from './cloud-event.ts';
import { breakingChanges, type JsonSchema } from './compatibility.ts';
import type { Topic } from './topic.ts';

/** Where the published form of every event type lies: `<type>.schema.json` and `<type>.sample.json`. */
export const publishedFolder = join(import.meta.dirname, 'published');

/** A whole Kafka message as it was first published; `value` stands parsed, for readers. */
export interface PublishedSample {
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: Record<string, unknown>;
}

interface CurrentEvent {
  topic: Topic;
  type: string;
  schema: JsonSchema;
  schemaFile: string;
  sampleFile: string;
}

/**
 * Returns what stands between the topics and the promise given by the folder, one `type: problem` each:
 * types not frozen, removed, changed in a breaking way, or whose sample does not decode any more.
 */
export const publishedProblems = async (topics: readonly Topic[], folder: string): Promise<string[]> => {
  const events = currentEvents(topics, folder);
  const problems = await Promise.all(events.map(eventProblems));
  return [...problems.flat(), ...(await removedTypes(events, folder))];
};

/**
 * Writes schema and sample of each new type, and the schema of a type with added optional properties;
 * a sample, once there, stays as it is. Returns the files written, and for every type with a breaking
 * change what is wrong with it: of such a type nothing is written.
 */
export const freeze = async (
  topics: readonly Topic[],
  folder: string,
): Promise<{ written: string[]; problems: string[] }> => {
  const written: string[] = [];
  const problems: string[] = [];
  for (const event of currentEvents(topics, folder)) {
    const published = (await exists(event.schemaFile))
      ? await readJson<JsonSchema>(event.schemaFile)
      : undefined;
    const breaking = published ? breakingChanges(published, event.schema) : [];
    if (breaking.length > 0) {
      problems.push(...breaking.map((change) => `${event.type}: ${change}`));
      continue;
    }
    const isFrozen = published && breakingChanges(event.schema, published).length === 0;
    if (!isFrozen) written.push(await writeJson(event.schemaFile, event.schema));
    if (!(await exists(event.sampleFile))) written.push(await writeJson(event.sampleFile, sampleOf(event)));
  }
  return { written, problems };
};

const currentEvents = (topics: readonly Topic[], folder: string): CurrentEvent[] =>
  topics.flatMap((topic) =>
    Object.entries(topic.events).map(([type, schema]) => ({
      topic,
      type,
      schema: JSON.parse(JSON.stringify(schema)),
      schemaFile: join(folder, `${type}.schema.json`),
      sampleFile: join(folder, `${type}.sample.json`),
    })),
  );

const eventProblems = async (event: CurrentEvent): Promise<string[]> => {
  const missing = [];
  if (!(await exists(event.schemaFile))) missing.push(`${event.type}: its schema is not frozen`);
  if (!(await exists(event.sampleFile))) missing.push(`${event.type}: its sample is not frozen`);
  if (missing.length > 0) return missing;

  const published = await readJson<JsonSchema>(event.schemaFile);
  const changes = breakingChanges(published, event.schema);
  // Compared the other way round, an addition is a removal: what is not frozen is not protected.
  if (changes.length === 0 && breakingChanges(event.schema, published).length > 0)
    changes.push('its added optional properties are not frozen');
  const sample = await readJson<PublishedSample>(event.sampleFile);
  return [...changes, ...sampleProblems(event.topic, sample)].map((problem) => `${event.type}: ${problem}`);
};

const sampleProblems = (topic: Topic, sample: PublishedSample): string[] => {
  if (sample.topic !== topic.name) return [`moved from topic ${sample.topic} to ${topic.name}`];
  try {
    decodeEvent(topic, { ...sample, value: Buffer.from(JSON.stringify(sample.value)) });
    return [];
  } catch (error) {
    return [`its sample does not decode: ${(error as Error).message}`];
  }
};

const removedTypes = async (events: CurrentEvent[], folder: string): Promise<string[]> => {
  const current = new Set(events.map(({ type }) => type));
  const published = (await readdir(folder)).map((file) => file.replace(/\.(schema|sample)\.json$/, ''));
  return [...new Set(published)]
    .filter((type) => !current.has(type))
    .map((type) => `${type}: removed, though it was published`);
};

const sampleOf = ({ topic, type, schema }: CurrentEvent): PublishedSample => {
  const [value] = schema.examples as [Record<string, unknown>];
  const { key, headers } = encodeEvent(topic.source, {
    id: '0198c1de-3b00-7000-8000-00000000ce01',
    sequence: '1',
    type,
    key: String(value[topic.key]),
    time: '2026-03-01T09:45:12.345Z',
    data: '',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  });
  return { topic: topic.name, key, headers, value };
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8'));

const writeJson = async (file: string, content: unknown): Promise<string> => {
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
};
