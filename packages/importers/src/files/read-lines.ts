import { explainFileError } from './read-records.ts';
import { readText } from './read-text.ts';

/** No line of JSON that a catalogue holds is longer; a file that is one line ends here, not with the memory. */
const lineLengthMax = 1_000_000;

/** The lines of a file that are not blank, each with its number from 1. Throws as `readRecords` does. */
export async function* readLines(
  path: string,
  encoding: string,
): AsyncGenerator<{ text: string; lineNumber: number }> {
  let rest = '';
  let lineNumber = 0;
  try {
    for await (const piece of readText(path, encoding)) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() as string;
      for (const text of lines) {
        lineNumber += 1;
        if (text.trim() !== '') yield { text, lineNumber };
      }
      if (rest.length > lineLengthMax)
        throw new Error(`line ${lineNumber + 1} of ${path} is longer than ${lineLengthMax} characters`);
    }
    if (rest.trim() !== '') yield { text: rest, lineNumber: lineNumber + 1 };
  } catch (error) {
    throw explainFileError(error, path);
  }
}
