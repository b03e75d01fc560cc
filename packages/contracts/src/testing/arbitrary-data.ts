import fc from 'fast-check';

type Json = Record<string, unknown>;

/**
 * Returns an arbitrary of data that the schema accepts, for the part of JSON Schema that event schemas use.
 * Throws on anything else, so that a new construct is not left out of the property tests unseen.
 */
export const arbitraryData = (schema: Json): fc.Arbitrary<unknown> => {
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map(arbitraryData));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer')
    return fc.integer({ min: Number(schema.minimum), max: Number(schema.maximum) });
  if (schema.type === 'string') return arbitraryString(schema);
  if (schema.type === 'array')
    return fc.array(arbitraryData(schema.items as Json), {
      minLength: Number(schema.minItems ?? 0),
      maxLength: Math.min(5, Number(schema.maxItems)),
    });
  if (schema.type === 'object') return arbitraryObject(schema);
  throw new Error(`no arbitrary for ${JSON.stringify(schema)}`);
};

const arbitraryObject = (schema: Json): fc.Arbitrary<unknown> => {
  const properties = Object.entries(schema.properties as Record<string, Json>);
  return fc.record(
    Object.fromEntries(properties.map(([name, property]) => [name, arbitraryData(property)])),
    {
      requiredKeys: schema.required as string[],
      // As JSON.parse makes them.
      noNullPrototype: true,
    },
  );
};

const arbitraryString = (schema: Json): fc.Arbitrary<string> => {
  if (schema.format === 'uuid') return fc.uuid();
  if (schema.format === 'date-time')
    return fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (typeof schema.pattern === 'string') return fc.stringMatching(new RegExp(schema.pattern));
  return fc.string({
    unit: 'grapheme',
    minLength: Number(schema.minLength ?? 0),
    // A grapheme may be many code points; the limit of the schema counts the latter.
    maxLength: Math.min(10, Number(schema.maxLength)),
  });
};
