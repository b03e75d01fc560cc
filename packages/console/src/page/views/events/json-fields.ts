/** A string may be cut off at the end of the text. */
const stringOrSpace = /("(?:[^"\\]|\\.)*(?:"|\\?$))|\s+/g;

/** JSON without the space between its parts; each string and number as it was written. */
export const compactJson = (text: string): string => text.replaceAll(stringOrSpace, '$1');

const fieldsMax = 200;

/**
 * The fields of a JSON text with their values, nested ones under their path: delivery.city. Numbers as they were written:
 * JavaScript's own have 53 bits. Undefined for a text that is no JSON, such as one that was cut off.
 */
export const fieldsOf = (text: string): [path: string, value: string][] | undefined => {
  try {
    const fields: [string, string][] = [];
    collect(JSON.parse(text, asWritten), '', fields);
    return fields;
  } catch {
    return undefined;
  }
};

const asWritten = (_name: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' ? (context?.source ?? value) : value;

const collect = (value: unknown, path: string, fields: [string, string][]): void => {
  if (fields.length >= fieldsMax) return;
  const isNested = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isNested) {
    fields.push([path || '(value)', typeof value === 'string' ? value : JSON.stringify(value)]);
    return;
  }
  for (const [name, inner] of Object.entries(value)) collect(inner, path ? `${path}.${name}` : name, fields);
};
