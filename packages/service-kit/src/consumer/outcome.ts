/** Why a message can never be applied. The text must not quote the data: it goes into headers and logs. */
export interface Refusal {
  /** For machines, such as `DecodeError.not_json`. */
  errorClass: string;
  message: string;
}

/** What becomes of a message. A refusal makes it a dead letter; `resolved before`: it was one, and has been applied. */
export type Outcome = 'applied' | 'repeated' | 'resolved before' | Refusal;

/** What is known of a message when its turn comes. */
export interface Facts {
  /** Why it cannot be read. Asked only where it matters: reading the data costs most. */
  fault: () => Refusal | undefined;
  /** What its id is among the dead letters; `passed`: refused at this very place, and the position is behind it. */
  deadLetter?: 'none' | 'pending' | 'passed' | 'resolved';
  /** It is applied by the right of a pending dead letter alone: it was sent again. */
  byRight?: boolean;
  /** For an event on its own topic whose envelope can be read. */
  numbers?: Numbers | undefined;
  /** Why Postgres refused it when it was applied alone. */
  refusal?: Refusal | undefined;
}

export interface Numbers {
  sequence: bigint;
  /** The last number applied of the partition. */
  last: bigint;
  /** The highest number that the owner can have reached. */
  limit: bigint;
  /** It is newer than all that was applied before this batch, and not in the batch before: it was never applied. */
  unseen: boolean;
}

/** Decides what becomes of one message, on its first delivery, sent again, or as a document. */
export const outcomeOf = ({ fault, deadLetter, byRight, numbers, refusal }: Facts): Outcome => {
  if (deadLetter === 'resolved') return 'resolved before';
  if (byRight && deadLetter === 'none') return 'repeated';
  if (numbers && numbers.sequence <= numbers.last)
    return numbers.unseen && deadLetter === 'none' ? takenSequence : 'repeated';
  const bad = fault() ?? (numbers && numbers.sequence > numbers.limit ? implausibleSequence : undefined);
  if (bad) return deadLetter === 'passed' ? 'repeated' : bad;
  return refusal ?? 'applied';
};

const jumpMax = 2n ** 32n;
/** Higher than any number of an event: a million a second for nine years. */
export const sequenceMax = 2n ** 48n;

/** The highest number that the owner of a source can have reached; `known` is the highest one known of it, 0 for none. */
export const sequenceLimit = (known: bigint): bigint =>
  known === 0n || known + jumpMax > sequenceMax ? sequenceMax : known + jumpMax;

const takenSequence: Refusal = {
  errorClass: 'SequenceError.taken',
  message: 'its number is not above the last one applied, but the event was never applied',
};

const implausibleSequence: Refusal = {
  errorClass: 'SequenceError.implausible',
  message: 'its number is higher than its source can have reached',
};

/** Which fault of an event's number a refusal tells of; undefined for any other refusal. */
export const sequenceFault = ({ errorClass }: Refusal): 'taken' | 'implausible' | undefined => {
  if (errorClass === takenSequence.errorClass) return 'taken';
  return errorClass === implausibleSequence.errorClass ? 'implausible' : undefined;
};
