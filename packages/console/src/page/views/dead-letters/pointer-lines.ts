import { escapePointer } from '@souk/contracts/json/json-pointer.ts';

/** Far more of them than a document has fields that are at fault. */
const token = /"(?:[^"\\\n]|\\.)*"|[{}[\]:,]|\n|[^\s"{}[\]:,]+/g;

/** The line, from 1 on, of every value of a JSON text by its JSON pointer; of a text that is no JSON as far as it goes. */
export const pointerLines = (text: string): Map<string, number> => {
  const lines = new Map([['', 1]]);
  const open: { path: string; index: number; name: string | undefined }[] = [];
  let line = 1;
  let previous = '';
  for (const [found] of text.matchAll(token)) {
    if (found === '\n') {
      line += 1;
      continue;
    }
    const inside = open.at(-1);
    if (found === '}' || found === ']') open.pop();
    else if (found === ',') {
      if (inside) inside.index += 1;
    } else if (found !== ':') {
      const isName = inside?.name !== undefined && previous !== ':';
      if (inside && isName) inside.name = unquoted(found);
      else {
        const path = inside ? `${inside.path}/${escapePointer(inside.name ?? String(inside.index))}` : '';
        lines.set(path, line);
        if (found === '{' || found === '[')
          open.push({ path, index: 0, name: found === '{' ? '' : undefined });
      }
    }
    previous = found;
  }
  return lines;
};

/** The line of a field, or of the nearest thing around it that is there. */
export const lineOf = (lines: ReadonlyMap<string, number>, pointer: string): number | undefined => {
  if (!pointer.startsWith('/')) return undefined;
  for (let path = pointer.replace(/\/$/, ''); ; path = path.slice(0, path.lastIndexOf('/'))) {
    const line = lines.get(path);
    if (line !== undefined || path === '') return line;
  }
};

const unquoted = (text: string): string => {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
};
