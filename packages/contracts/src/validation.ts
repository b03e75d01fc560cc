import Format from 'typebox/format';
// Not typebox/compile, which calls it: that is 146 modules more, which every process would load.
import { Compile, type Validator } from 'typebox/schema';
import { areUnique } from './json/unique-items.ts';
import type { TSchema } from './typebox.ts';

// A long list of faults says no more than a short one, and it ends up in a header of the dead letter.
const problemsMax = 20;

let lastTime = '';
// The times of an event, and of the events of a batch, are mostly the same: only another one is taken apart.
Format.Set('date-time', (text) => {
  if (text === lastTime) return true;
  if (!Format.IsDateTime(text)) return false;
  lastTime = text;
  return true;
});

const compiled = new WeakMap<TSchema, Validator>();

/**
 * Returns what is wrong with the value, one `path: fault` each, at most 20; nothing when it is valid.
 * A schema is compiled at its first use and kept as long as the schema itself.
 */
export const problemsOf = (schema: TSchema, value: unknown): string[] => {
  let validator = compiled.get(schema);
  if (validator === undefined) {
    validator = Compile(withUniqueItems(schema));
    compiled.set(schema, validator);
  }
  if (validator.Check(value)) return [];
  const [, errors] = validator.Errors(value);
  const problems = errors
    // The error at the object says the same as the errors at its unknown properties, without their names.
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ instancePath, keyword, message }) =>
      keyword === 'boolean' ? `${instancePath}: not in the contract` : `${instancePath || '/'}: ${message}`,
    );
  return [...new Set(problems)].slice(0, problemsMax);
};

/** The library makes a number of all that each item holds, which took an order ten times as long as all its other checks. */
const withUniqueItems = (schema: TSchema): TSchema =>
  JSON.parse(JSON.stringify(schema), (_key, part) => {
    if (part?.uniqueItems !== true) return part;
    const { uniqueItems, ...others } = part;
    return { ...others, '~refine': [uniqueRefinement] };
  });

const uniqueRefinement = {
  check: (value: unknown) => !Array.isArray(value) || areUnique(value),
  error: () => 'must not have duplicate items',
};
