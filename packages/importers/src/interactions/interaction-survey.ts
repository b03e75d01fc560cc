import type { InteractionFile } from './interaction-file.ts';

/** What a file holds, without its lines. */
export interface InteractionSurvey {
  linesRead: number;
  interactions: number;
  users: Set<string>;
  products: Set<string>;
  /** Lines that cannot be read: how many, and the first of them. */
  faulty: number;
  faults: string[];
  /** Lines about nobody or nothing, by reason, such as a cancellation. */
  leftOut: Map<string, number>;
}

const faultsShownMax = 20;

/**
 * Reads a file whole. Throws an Error for the user when it holds no interaction, or when more lines are faulty than not:
 * then it was read in the wrong way.
 */
export const surveyInteractions = async (path: string, file: InteractionFile): Promise<InteractionSurvey> => {
  const survey: InteractionSurvey = {
    ...{ linesRead: 0, interactions: 0, faulty: 0, faults: [], leftOut: new Map() },
    ...{ users: new Set(), products: new Set() },
  };
  for await (const line of file.lines()) {
    survey.linesRead += 1;
    if ('interaction' in line) {
      survey.interactions += 1;
      survey.users.add(line.interaction.user);
      survey.products.add(line.interaction.product);
    } else if ('leftOut' in line)
      survey.leftOut.set(line.leftOut, (survey.leftOut.get(line.leftOut) ?? 0) + 1);
    else {
      survey.faulty += 1;
      if (survey.faults.length < faultsShownMax) survey.faults.push(`line ${line.lineNumber}: ${line.fault}`);
    }
  }
  const { interactions, faulty, linesRead, faults } = survey;
  if (interactions > 0 && faulty * 2 <= linesRead) return survey;
  const what = interactions === 0 ? 'has no interaction' : 'cannot be read for the most part';
  throw new Error(`${path} ${what} (${[file.layout, ...faults.slice(0, 3)].join('; ')})`);
};
