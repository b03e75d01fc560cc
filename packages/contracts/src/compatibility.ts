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
  schemaChanges('', published, current, false);

/**
 * The same for a schema that outsiders write by and only we read: returns every difference that would refuse a
 * document taken under the published schema, or no longer know a property of it. What lets more through is
 * allowed as well: a wider or dropped limit, a further alternative, a required property made optional.
 */
export const narrowingChanges = (published: JsonSchema, current: JsonSchema): string[] =>
  schemaChanges('', published, current, true);

const schemaChanges = (
  path: string,
  published: JsonSchema,
  current: JsonSchema,
  mayWiden: boolean,
): string[] => {
  if (mayWiden && isAlternative(published, current)) return [];
  const changes = propertyChanges(path, published, current, mayWiden);
  for (const keyword of new Set([...Object.keys(published), ...Object.keys(current)])) {
    if (annotations.has(keyword) || keyword === 'properties' || keyword === 'required') continue;
    if (mayWiden && isWider(keyword, published[keyword], current[keyword])) continue;
    changes.push(...keywordChanges(path, keyword, published[keyword], current[keyword], mayWiden));
  }
  return changes;
};

const propertyChanges = (
  path: string,
  published: JsonSchema,
  current: JsonSchema,
  mayWiden: boolean,
): string[] => {
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
      if (requiredBefore.has(name) && !requiredAfter.has(name) && !mayWiden)
        changes.push(`${at}: made optional`);
      if (!requiredBefore.has(name) && requiredAfter.has(name)) changes.push(`${at}: made required`);
      if (old !== undefined) changes.push(...valueChanges(at, old, now, mayWiden));
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

const keywordChanges = (
  path: string,
  keyword: string,
  published: unknown,
  current: unknown,
  mayWiden: boolean,
): string[] => {
  const at = `${path || '/'}: ${keyword}`;
  if (current === undefined) return [`${at} removed`];
  if (published === undefined) return [`${at} added`];
  if (keyword === 'items') return valueChanges(`${path}/[]`, published, current, mayWiden);
  if (['anyOf', 'allOf'].includes(keyword)) {
    const [before, after] = [published as unknown[], current as unknown[]];
    // By position: to reorder the alternatives counts as a change of each.
    const hasMore = mayWiden && keyword === 'anyOf' && before.length < after.length;
    if (before.length === after.length || hasMore)
      return before.flatMap((schema, index) =>
        valueChanges(`${path}/${keyword}[${index}]`, schema, after[index], mayWiden),
      );
  }
  const [before, after] = [comparable(keyword, published), comparable(keyword, current)];
  return before === after ? [] : [`${at} changed from ${before} to ${after}`];
};

const valueChanges = (path: string, published: unknown, current: unknown, mayWiden: boolean): string[] => {
  if (isSchema(published) && isSchema(current)) return schemaChanges(path, published, current, mayWiden);
  return comparable('', published) === comparable('', current) ? [] : [`${path}: schema replaced`];
};

/** A value made nullable, say: it became one alternative among others. */
const isAlternative = (published: JsonSchema, current: JsonSchema): boolean =>
  published.anyOf === undefined &&
  Array.isArray(current.anyOf) &&
  Object.keys(current).every((keyword) => keyword === 'anyOf' || annotations.has(keyword)) &&
  current.anyOf.some((schema) => isSchema(schema) && narrowingChanges(published, schema).length === 0);

const upperLimits = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'documentBytesMax']);
const lowerLimits = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems']);
/** Without them more is valid, whatever stands beside them. */
const restrictions = new Set([
  'type',
  'enum',
  'pattern',
  'format',
  'uniqueItems',
  ...upperLimits,
  ...lowerLimits,
]);

const isWider = (keyword: string, published: unknown, current: unknown): boolean => {
  if (published === undefined) return false;
  if (current === undefined) return restrictions.has(keyword);
  if (upperLimits.has(keyword)) return Number(current) >= Number(published);
  if (lowerLimits.has(keyword)) return Number(current) <= Number(published);
  const [before, after] = [[published].flat(), [current].flat()];
  if (keyword === 'enum')
    return before.every((value) => after.some((other) => comparable('', other) === comparable('', value)));
  if (keyword === 'type')
    return before.every((type) => after.includes(type) || (type === 'integer' && after.includes('number')));
  return false;
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
