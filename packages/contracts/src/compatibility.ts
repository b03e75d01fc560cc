/** A JSON Schema as it stands in a file. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const annotations = new Set(['title', 'description', 'examples', '$id', 'default']);

/**
 * Returns every difference that would break a consumer built for the published schema (the current one lets
 * more through) or an event published under it (the current one refuses it); nothing when there is none.
 * Apart from annotations the one allowed change is an added optional property of an open object, at any depth.
 * Whatever this function cannot judge counts as breaking. Both arguments are plain JSON.
 */
export const breakingChanges = (published: JsonSchema, current: JsonSchema): string[] =>
  schemaChanges('', published, current);

const schemaChanges = (path: string, published: JsonSchema, current: JsonSchema): string[] => {
  const changes = propertyChanges(path, published, current);
  for (const keyword of new Set([...Object.keys(published), ...Object.keys(current)])) {
    if (annotations.has(keyword) || keyword === 'properties' || keyword === 'required') continue;
    changes.push(...keywordChanges(path, keyword, published[keyword], current[keyword]));
  }
  return changes;
};

const propertyChanges = (path: string, published: JsonSchema, current: JsonSchema): string[] => {
  const before = propertiesOf(published);
  const after = propertiesOf(current);
  const requiredBefore = requiredOf(published);
  const requiredAfter = requiredOf(current);
  const changes: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys(), ...requiredBefore, ...requiredAfter])) {
    const at = `${path}/${name}`;
    const old = before.get(name);
    const now = after.get(name);
    if (old !== undefined && now === undefined) changes.push(`${at}: removed`);
    else if (old === undefined && now !== undefined) {
      if (requiredAfter.has(name)) changes.push(`${at}: added as required`);
      if (!isOpen(published)) changes.push(`${at}: added to a closed object`);
    } else {
      if (requiredBefore.has(name) && !requiredAfter.has(name)) changes.push(`${at}: made optional`);
      if (!requiredBefore.has(name) && requiredAfter.has(name)) changes.push(`${at}: made required`);
      if (old !== undefined) changes.push(...valueChanges(at, old, now));
    }
  }
  return changes;
};

// An older consumer refuses, or reads as something else, what such a keyword already speaks about.
const isOpen = (schema: JsonSchema): boolean =>
  [undefined, true].includes(schema.additionalProperties as boolean | undefined) &&
  !['patternProperties', 'propertyNames', 'unevaluatedProperties', 'maxProperties'].some(
    (word) => word in schema,
  );

const keywordChanges = (path: string, keyword: string, published: unknown, current: unknown): string[] => {
  const at = `${path || '/'}: ${keyword}`;
  if (current === undefined) return [`${at} removed`];
  if (published === undefined) return [`${at} added`];
  if (keyword === 'items') return valueChanges(`${path}/[]`, published, current);
  if (['anyOf', 'allOf'].includes(keyword)) {
    const [before, after] = [published as unknown[], current as unknown[]];
    // By position: to reorder the alternatives counts as a change of each.
    if (before.length === after.length)
      return before.flatMap((schema, index) =>
        valueChanges(`${path}/${keyword}[${index}]`, schema, after[index]),
      );
  }
  const [before, after] = [comparable(keyword, published), comparable(keyword, current)];
  return before === after ? [] : [`${at} changed from ${before} to ${after}`];
};

const valueChanges = (path: string, published: unknown, current: unknown): string[] => {
  if (isSchema(published) && isSchema(current)) return schemaChanges(path, published, current);
  return comparable('', published) === comparable('', current) ? [] : [`${path}: schema replaced`];
};

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const propertiesOf = (schema: JsonSchema): Map<string, unknown> =>
  new Map(isSchema(schema.properties) ? Object.entries(schema.properties) : []);

const requiredOf = (schema: JsonSchema): Set<string> =>
  new Set((schema.required as string[] | undefined) ?? []);

/** JSON text that is equal for equal meaning: keys sorted, and the members of a set too. */
const comparable = (keyword: string, value: unknown): string => {
  const isSet = (keyword === 'enum' || keyword === 'type') && Array.isArray(value);
  return JSON.stringify(isSet ? value.toSorted(byText) : value, (_, node) =>
    isSchema(node) ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1))) : node,
  );
};

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
