import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonSchema } from './compatibility.ts';
import type { CurrentForm, PublishedSample } from './published-forms.ts';

/** Where the published form of every event type and document lies: `<name>.schema.json` and `<name>.sample.json`. */
export const publishedFolder = join(import.meta.dirname, 'published');

/**
 * Returns what stands between the current forms and the promise given by the folder, one `name: problem` each:
 * those not frozen, removed, changed against the promise, or whose sample does not decode any more.
 */
export const publishedProblems = async (forms: readonly CurrentForm[], folder: string): Promise<string[]> => {
  const problems = await Promise.all(forms.map((form) => formProblems(form, folder)));
  return [...problems.flat(), ...(await removedForms(forms, folder))];
};

/**
 * Writes schema and sample of each new form, and the schema of one that changed as it may; a sample, once there,
 * stays as it is. Returns the files written, and for every form that changed against its promise what is wrong
 * with it: of such a one nothing is written.
 */
export const freeze = async (
  forms: readonly CurrentForm[],
  folder: string,
): Promise<{ written: string[]; problems: string[] }> => {
  const written: string[] = [];
  const problems: string[] = [];
  for (const form of forms) {
    const { schemaFile, sampleFile } = filesOf(form, folder);
    const published = (await exists(schemaFile)) ? await readJson<JsonSchema>(schemaFile) : undefined;
    const breaking = published ? form.changes(published, form.schema) : [];
    if (breaking.length > 0) {
      problems.push(...breaking.map((change) => `${form.name}: ${change}`));
      continue;
    }
    const isFrozen = published && form.changes(form.schema, published).length === 0;
    if (!isFrozen) written.push(await writeJson(schemaFile, form.schema));
    if (!(await exists(sampleFile))) written.push(await writeJson(sampleFile, form.sample()));
  }
  return { written, problems };
};

const filesOf = ({ name }: CurrentForm, folder: string) => ({
  schemaFile: join(folder, `${name}.schema.json`),
  sampleFile: join(folder, `${name}.sample.json`),
});

const formProblems = async (form: CurrentForm, folder: string): Promise<string[]> => {
  const { schemaFile, sampleFile } = filesOf(form, folder);
  const missing = [];
  if (!(await exists(schemaFile))) missing.push(`${form.name}: its schema is not frozen`);
  if (!(await exists(sampleFile))) missing.push(`${form.name}: its sample is not frozen`);
  if (missing.length > 0) return missing;

  const published = await readJson<JsonSchema>(schemaFile);
  const changes = form.changes(published, form.schema);
  // Compared the other way round, an addition is a removal: what is not frozen is not protected.
  if (changes.length === 0 && form.changes(form.schema, published).length > 0)
    changes.push('what was added to it is not frozen');
  const sample = await readJson<PublishedSample>(sampleFile);
  return [...changes, ...sampleProblems(form, sample)].map((problem) => `${form.name}: ${problem}`);
};

const sampleProblems = (form: CurrentForm, sample: PublishedSample): string[] => {
  if (sample.topic !== form.topic) return [`moved from topic ${sample.topic} to ${form.topic}`];
  try {
    form.decode({ ...sample, value: Buffer.from(JSON.stringify(sample.value)) });
    return [];
  } catch (error) {
    return [`its sample does not decode: ${(error as Error).message}`];
  }
};

const removedForms = async (forms: readonly CurrentForm[], folder: string): Promise<string[]> => {
  const current = new Set(forms.map(({ name }) => name));
  const published = (await readdir(folder)).map((file) => file.replace(/\.(schema|sample)\.json$/, ''));
  return [...new Set(published)]
    .filter((name) => !current.has(name))
    .map((name) => `${name}: removed, though it was published`);
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
