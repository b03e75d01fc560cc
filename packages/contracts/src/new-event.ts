import { DecodeError } from './decode-error.ts';
import type { EventData, EventType, Topic } from './topic.ts';
import type { TSchema } from './typebox.ts';
import { problemsOf } from './validation.ts';

/** An event as its owner stores it in the outbox. */
export interface NewEvent<K extends string = string, D = unknown> {
  id: string;
  type: K;
  /** The aggregate's id: partition key and Kafka key. */
  key: string;
  data: D;
}

/**
 * Returns the event with its key taken from the data. What passes here decodes at every consumer, and
 * holds nothing the contract does not name: consumers tolerate unknown properties, an owner must not
 * publish any, since TypeScript lets a whole row, e-mail and all, stand for a smaller type.
 * Throws DecodeError `schema_violation` with every fault: a defect of the owner, never of its caller.
 */
export const newEvent = <T extends Topic, K extends EventType<T>>(
  topic: T,
  type: K,
  id: string,
  data: EventData<T, K>,
): NewEvent<K, EventData<T, K>> => {
  const problems = problemsOf(closed(topic.events[type] as TSchema), data);
  if (problems.length > 0) throw new DecodeError('schema_violation', problems);
  return { id, type, key: (data as Record<string, string>)[topic.key] as string, data };
};

const closedSchemas = new WeakMap<TSchema, TSchema>();

/** The same schema with every object closed to properties it does not name. */
const closed = (schema: TSchema): TSchema => {
  let found = closedSchemas.get(schema);
  if (found === undefined) {
    found = JSON.parse(JSON.stringify(schema), (_, node) =>
      node?.type === 'object' && node.properties ? { ...node, additionalProperties: false } : node,
    ) as TSchema;
    closedSchemas.set(schema, found);
  }
  return found;
};
