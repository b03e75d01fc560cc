import type { DeadLetter } from './dead-letter-book.ts';

export interface DeadLetterGroup {
  topic: string;
  group: string;
  waiting: number;
  first_seen: string;
  last_seen: string;
  reasons: Record<string, number>;
}

/** The pending dead letters counted per topic and group, by their names, and there per reason, most frequent first. */
export const groupDeadLetters = (deadLetters: readonly DeadLetter[]): DeadLetterGroup[] =>
  [...Map.groupBy(deadLetters, ({ topic, group }) => `${topic}\n${group}`)]
    .toSorted(byName)
    .map(([, ofGroup]) => {
      const [{ topic, group }] = ofGroup as [DeadLetter];
      const byReason = [...Map.groupBy(ofGroup, ({ errorClass }) => errorClass)].map(
        ([reason, those]) => [reason, those.length] as const,
      );
      return {
        topic,
        group,
        waiting: ofGroup.length,
        first_seen: ofGroup.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? '',
        last_seen:
          ofGroup
            .map(({ lastSeen }) => lastSeen)
            .toSorted()
            .at(-1) ?? '',
        reasons: Object.fromEntries(byReason.toSorted(([, a], [, b]) => b - a)),
      };
    });

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
