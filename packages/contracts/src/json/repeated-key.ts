import { isExactNumber } from './exact-json.ts';
import { fieldPath } from './json-pointer.ts';

/** The keys of the objects in a value of few levels. JSON.parse keeps one of equal ones: the text may have more. */
export const countKeys = (value: unknown): number => {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return 0;
  const children = Object.values(value);
  return children.reduce<number>(
    (sum, child) => (typeof child === 'object' ? sum + countKeys(child) : sum),
    Array.isArray(value) ? 0 : children.length,
  );
};

/** Where a key is given for the second time, in JSON that has such a key. Slow: it is for the answer alone. */
export const repeatedKey = (json: string): string => {
  const path: string[] = [];
  const open: Set<string>[] = [];
  let text = '';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/g)) {
    const keys = open.at(-1);
    if (token === '{' || token === '[') {
      open.push(new Set());
      path.push('0');
    } else if (token === '}' || token === ']') {
      open.pop();
      path.pop();
    } else if (token === ':') {
      const key: string = JSON.parse(text);
      path[path.length - 1] = key;
      if (keys?.has(key)) break;
      keys?.add(key);
    } else if (token === ',') path[path.length - 1] = String(Number(path.at(-1)) + 1);
    else text = token;
  }
  return fieldPath(path);
};
