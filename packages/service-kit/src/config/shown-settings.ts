/** A variable of the environment as operators see it. */
export interface ShownSetting {
  name: string;
  /** Null where it is a secret. */
  value: string | number | boolean | null;
}

/**
 * The validated environment for operators, by name: what is a secret by its name or its form is hidden, and of an
 * address its password and its parameters.
 */
export const shownSettings = (config: Readonly<Record<string, unknown>>): ShownSetting[] =>
  Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value: shownValue(name, value) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** The variables that end so name a path. */
const pathName = /_FILE$/;
const secretName = /PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(^|_)KEY(_|$)/;

const shownValue = (name: string, value: unknown): ShownSetting['value'] => {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const text = String(value);
  if (name.endsWith('_URL') || text.includes('://')) return withoutPassword(text);
  if (pathName.test(name)) return text;
  return secretName.test(name) || text.includes('-----BEGIN') ? null : text;
};

/** An address, or several origins; null where the text is anything else. */
const withoutPassword = (text: string): string | null => {
  if (isOriginList(text)) return text;
  const url = URL.parse(text);
  if (!url) return null;
  // The last part of a webhook's path is often its secret.
  const path = /^https?:$/.test(url.protocol) && url.pathname !== '/' ? '/***' : url.pathname;
  const login = url.username ? `${url.username}${url.password ? ':***' : ''}@` : '';
  return `${url.protocol}//${login}${url.host}${path}${url.search ? '?***' : ''}`;
};

const isOriginList = (text: string): boolean =>
  /^https?:\/\/[^/@\s,]+(,\s*https?:\/\/[^/@\s,]+)*$/.test(text);
