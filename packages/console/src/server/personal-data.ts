import { contractOf } from './kafka/topic-contract.ts';

/** A text with what is personal in it replaced. */
export interface Masked {
  text: string;
  /** Something was replaced. */
  isMasked: boolean;
}

const mark = '•••';

/** The part of a JSON Schema that says what a document may hold. */
interface Shape {
  properties?: Readonly<Record<string, Shape>>;
  items?: Shape;
}

/**
 * The value of a message for whoever may not see personal data: what the topic's contract calls personal is replaced, and
 * what it does not know, which may hold anything. Of a document that cannot be read nothing is shown.
 */
export const maskPersonal = (topic: string, text: string): Masked => {
  const contract = contractOf(topic);
  if (!contract || contract.personal.length === 0 || text === '') return { text, isMasked: false };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { text: mark, isMasked: true };
  }
  const personal = new Set(contract.personal);
  let isMasked = false;
  const shown = (value: unknown, shape: Shape | undefined, pointer: string): unknown => {
    if (value === null) return null;
    const isObject = typeof value === 'object';
    if (shape && !personal.has(pointer)) {
      if (Array.isArray(value) && shape.items) return value.map((one) => shown(one, shape.items, pointer));
      if (isObject && !Array.isArray(value) && shape.properties)
        return Object.fromEntries(
          Object.entries(value).map(([name, below]) => [
            name,
            shown(below, own(shape.properties, name), `${pointer}/${name}`),
          ]),
        );
      if (!isObject && !shape.properties && !shape.items) return value;
    }
    isMasked = true;
    return mark;
  };
  const masked = shown(document, contract.document, '');
  return { text: masked === mark ? mark : JSON.stringify(masked), isMasked };
};

const own = (properties: Shape['properties'], name: string): Shape | undefined =>
  properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
