import { contractOf } from './kafka/topic-contract.ts';

/** A text with what is personal in it replaced. */
export interface Masked {
  text: string;
  /** Something was replaced. */
  isMasked: boolean;
}

const mark = '•••';

/**
 * The value of a message for whoever may not see personal data: what the topic's contract calls personal is replaced.
 * Of a document that cannot be read nobody knows where it is, so nothing of that is shown.
 */
export const maskPersonal = (topic: string, text: string): Masked => {
  const personal = contractOf(topic)?.personal ?? [];
  if (personal.length === 0 || text === '') return { text, isMasked: false };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { text: mark, isMasked: true };
  }
  if (typeof document !== 'object' || document === null) return { text: mark, isMasked: true };
  let isMasked = false;
  const mask = (holder: Record<string, unknown>, name: string) => {
    if (holder[name] === undefined || holder[name] === null) return;
    holder[name] = mark;
    isMasked = true;
  };
  for (const pointer of personal) {
    const path = pointer.split('/').slice(1);
    let holder = document as Record<string, unknown>;
    for (const [index, name] of path.entries()) {
      const below = Object.hasOwn(holder, name) ? holder[name] : undefined;
      const isLast = index === path.length - 1;
      // Where the contract has an object and the document something else, it may hold anything.
      if (isLast || typeof below !== 'object' || below === null || Array.isArray(below)) {
        mask(holder, name);
        break;
      }
      holder = below as Record<string, unknown>;
    }
  }
  return { text: JSON.stringify(document), isMasked };
};
