import type { InteractionLog } from './interaction-log.ts';

/** A product to be found for a user who has other ones. */
export interface HeldOut {
  user: number;
  product: number;
  /** What the user was at before, each once, oldest first. */
  history: number[];
}

export interface LastOneOut {
  /** Places in the log. */
  training: Int32Array;
  heldOut: HeldOut[];
}

/**
 * Leave-last-one-out: of every user with at least two products the one that was new to the user last. Neither it nor
 * anything that the user did afterwards is in the training data. Ties in time are in the order of the file.
 */
export const leaveLastOneOut = (log: InteractionLog, within: Int32Array = everything(log)): LastOneOut => {
  const firsts = Array.from({ length: log.userCount }, () => new Map<number, number>());
  for (const at of within) {
    const first = firsts[log.users[at] as number] as Map<number, number>;
    const product = log.products[at] as number;
    if (!first.has(product)) first.set(product, at);
  }
  const cuts = new Float64Array(log.userCount).fill(Number.POSITIVE_INFINITY);
  const heldOut: HeldOut[] = [];
  for (const [user, first] of firsts.entries()) {
    if (first.size < 2) continue;
    const history = [...first.keys()];
    const product = history.pop() as number;
    cuts[user] = first.get(product) as number;
    heldOut.push({ user, product, history });
  }
  return { training: within.filter((at) => at < (cuts[log.users[at] as number] as number)), heldOut };
};

export interface TimeSplit {
  /** Places in the log: everything before the cut. */
  training: Int32Array;
  /** Sessions that began after the cut, oldest first, without products unknown before it: two places or more each. */
  sessions: number[][];
}

/** The last `share` of the interactions as sessions whose next product is to be found, step by step. */
export const splitInTime = (
  log: InteractionLog,
  share: number,
  within: Int32Array = everything(log),
): TimeSplit => {
  const cutMs = log.atMs[within[Math.floor(within.length * (1 - share))] as number] as number;
  const training = within.filter((at) => (log.atMs[at] as number) < cutMs);
  const known = new Uint8Array(log.productCount);
  const begun = new Uint8Array(log.sessionCount);
  for (const at of training) {
    known[log.products[at] as number] = 1;
    begun[log.sessions[at] as number] = 1;
  }
  const sessions = new Map<number, number[]>();
  for (const at of within) {
    const session = log.sessions[at] as number;
    if ((log.atMs[at] as number) < cutMs || begun[session] === 1 || known[log.products[at] as number] === 0)
      continue;
    const places = sessions.get(session);
    if (places) places.push(at);
    else sessions.set(session, [at]);
  }
  return { training, sessions: [...sessions.values()].filter((places) => places.length > 1) };
};

const everything = ({ size }: InteractionLog): Int32Array => Int32Array.from({ length: size }, (_, at) => at);
