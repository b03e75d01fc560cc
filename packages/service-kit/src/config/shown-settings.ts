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
  if (pathName.test(name)) return text;
  if (name.endsWith('_URL')) return withoutPassword(text);
  if (secretName.test(name) || text.includes('-----BEGIN')) return null;
  return text.includes('://') ? withoutPassword(text) : text;
};

/** An address, or several origins; null where the text is anything else. */
const withoutPassword = (text: string): string | null => {
  if (isOriginList(text)) return text;
  const url = URL.parse(text);
  if (!url) return null;
  // The last part of a webhook's path is often its secret.
  const isWeb = /^https?:$/.test(url.protocol);
  const path = isWeb && url.pathname !== '/' ? '/***' : url.pathname;
  // The name before the host is often a token on the web.
  const user = isWeb ? '***' : url.username;
  const login = url.username ? `${user}${url.password ? ':***' : ''}@` : '';
  return `${url.protocol}//${login}${url.host}${path}${url.search ? '?***' : ''}`;
};

const isOriginList = (text: string): boolean =>
  /^https?:\/\/[^/@\s,]+(,\s*https?:\/\/[^/@\s,]+)*$/.test(text);
