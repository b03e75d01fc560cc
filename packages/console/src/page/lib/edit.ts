/** Field by field what a form holds, as text; an empty text stands for null. */
export type Draft = Record<string, string>;

export interface Change {
  field: string;
  /** What it was when editing began, what somebody else made of it, and what is in the form. */
  was: string;
  theirs: string;
  mine: string;
}

/** What a form begins with. */
export const draftOf = (entity: Record<string, unknown>, fields: readonly string[]): Draft =>
  Object.fromEntries(fields.map((field) => [field, textOf(entity[field])]));

/** The fields that were changed, and to what. */
export const changesOf = (base: Draft, draft: Draft): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([field, text]) => text !== base[field]));

/** The fields that somebody else has changed since `base`. */
export const conflictOf = (base: Draft, theirs: Draft, mine: Draft): Change[] =>
  Object.keys(base)
    .filter((field) => theirs[field] !== base[field])
    .map((field) => ({
      field,
      was: base[field] ?? '',
      theirs: theirs[field] ?? '',
      mine: mine[field] ?? '',
    }));

/** What they have made of it, with my changes on top. */
export const onTopOf = (base: Draft, theirs: Draft, mine: Draft): Draft => ({
  ...theirs,
  ...changesOf(base, mine),
});

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
