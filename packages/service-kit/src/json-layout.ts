/** Far deeper than a document that is taken; the indentation of deeper ones would outgrow the text many times. */
const nestingMax = 100;
const indentation = '  ';

/**
 * Sets JSON out over lines, for a person to read and to edit. What it says stays as it is written, to the last digit
 * and escape: nothing goes through numbers. A text that is no JSON, or nested too deep, is undefined.
 */
export const layOutJson = (text: string): string | undefined => {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const parts: string[] = [];
  let depth = 0;
  let previous = '';
  const breakLine = () => parts.push('\n', indentation.repeat(depth));
  for (const token of tokensOf(text)) {
    const isClosing = token === '}' || token === ']';
    const opened = previous === '{' || previous === '[';
    if (isClosing) depth -= 1;
    if (isClosing ? !opened : opened || previous === ',') breakLine();
    if (token === '{' || token === '[') depth += 1;
    if (depth > nestingMax) return undefined;
    parts.push(token === ':' ? ': ' : token);
    previous = token;
  }
  return parts.join('');
};

/** Of a text that is JSON. Not one expression for strings as well: a long one would exhaust its stack. */
function* tokensOf(text: string): Generator<string> {
  const token = /[{}[\]:,"]|[^\s"{}[\]:,]+/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '"') {
      const end = endOfString(text, match.index);
      yield text.slice(match.index, end);
      token.lastIndex = end;
    } else yield match[0];
  }
}

const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
};
