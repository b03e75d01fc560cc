import { createWriteStream, mkdirSync, openSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

const warnLevel = 40;
const levelNames: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const nameWidth = 14;

export interface MeshLog {
  folder: string;
  /** Takes the lines of one service: pino's JSON, or whatever a crash prints. */
  service(name: string): (line: string) => void;
  /** Takes the lines of PostgreSQL, Kafka or Redis; they go to the file alone. */
  infrastructure(name: string): (line: string) => void;
  close(): Promise<void>;
}

/**
 * Writes each process's output to FOLDER/NAME.log, which starts empty, and shows on the terminal what a person should
 * see: warnings and errors, or with `everything` all that the services log. Throws when a file cannot be opened; where one
 * cannot be written any more, such as on a full disk, the terminal says so, and the mesh goes on.
 */
export const meshLog = (folder: string, everything: boolean, show: (line: string) => void): MeshLog => {
  mkdirSync(folder, { recursive: true });
  const files: WriteStream[] = [];
  const toFile = (name: string) => {
    const path = join(folder, `${name}.log`);
    const file = createWriteStream(path, { fd: openSync(path, 'w') });
    file.on('error', ({ message }) => show(`${path} is not written any more: ${message}`));
    files.push(file);
    return (line: string) => void file.write(`${line}\n`);
  };
  return {
    folder,
    service: (name) => {
      const write = toFile(name);
      return (line) => {
        write(line);
        const entry = parseEntry(line);
        if (everything || entry.level >= warnLevel) show(formatEntry(name, entry));
      };
    },
    infrastructure: toFile,
    close: async () => {
      await Promise.all(files.map((file) => new Promise((resolve) => file.end(resolve))));
    },
  };
};

interface Entry {
  level: number;
  message: string;
}

/** A line that is not pino's comes from Node itself, about a crash. */
const parseEntry = (line: string): Entry => {
  try {
    const { level, msg, err } = JSON.parse(line);
    const cause = typeof err?.message === 'string' && err.message !== msg ? `: ${err.message}` : '';
    return { level: typeof level === 'number' ? level : warnLevel, message: `${msg ?? line}${cause}` };
  } catch {
    return { level: warnLevel, message: line };
  }
};

const formatEntry = (name: string, { level, message }: Entry): string =>
  `${name.padEnd(nameWidth)}  ${(levelNames[level] ?? `${level}`).padEnd(5)}  ${message}`;
