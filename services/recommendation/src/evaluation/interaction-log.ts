/** One line of the input: what a user did with a product. */
export interface LoggedInteraction {
  user: string;
  product: string;
  /** Milliseconds since the Unix epoch. */
  atMs: number;
  /** An activity type of the shop. */
  type: string;
  /** Names a visit or an order; without it a visit ends with a pause of half an hour. */
  session?: string;
}

/** Interactions by column, oldest first: 24 bytes each, whatever their ids look like. */
export interface InteractionLog {
  size: number;
  userCount: number;
  productCount: number;
  sessionCount: number;
  /** Places from 0, as the users, products and sessions appeared. */
  users: Int32Array;
  products: Int32Array;
  sessions: Int32Array;
  types: Int32Array;
  atMs: Float64Array;
  typeNames: string[];
}

const pauseMs = 30 * 60_000;

/** Collects lines in the order of their file; `finish` puts them in the order of time, ties in that of the file. */
export const createLogBuilder = () => {
  const users = createNumbering();
  const products = createNumbering();
  const sessions = createNumbering();
  const types = createNumbering();
  let columns = newColumns(1_024);
  let size = 0;
  return {
    add: ({ user, product, atMs, type, session }: LoggedInteraction): void => {
      if (size === columns.atMs.length) columns = grown(columns);
      columns.users[size] = users.of(user);
      columns.products[size] = products.of(product);
      columns.types[size] = types.of(type);
      columns.sessions[size] = session === undefined ? -1 : sessions.of(session);
      columns.atMs[size] = atMs;
      size += 1;
    },
    finish: (): InteractionLog => {
      const order = Int32Array.from({ length: size }, (_, at) => at);
      const { atMs } = columns;
      order.sort((a, b) => (atMs[a] as number) - (atMs[b] as number) || a - b);
      const log = {
        ...{ size, userCount: users.count(), productCount: products.count(), sessionCount: sessions.count() },
        ...ordered(columns, order),
        typeNames: types.names(),
      };
      log.sessionCount = nameSessions(log);
      return log;
    },
  };
};

type Columns = Pick<InteractionLog, 'users' | 'products' | 'sessions' | 'types' | 'atMs'>;

const newColumns = (length: number): Columns => ({
  users: new Int32Array(length),
  products: new Int32Array(length),
  sessions: new Int32Array(length),
  types: new Int32Array(length),
  atMs: new Float64Array(length),
});

const grown = (columns: Columns): Columns => {
  const larger = newColumns(columns.atMs.length * 2);
  for (const name of Object.keys(columns) as (keyof Columns)[]) larger[name].set(columns[name]);
  return larger;
};

const ordered = (columns: Columns, order: Int32Array): Columns => {
  const result = newColumns(order.length);
  for (const name of Object.keys(columns) as (keyof Columns)[])
    for (const [place, at] of order.entries()) result[name][place] = columns[name][at] as number;
  return result;
};

/** Gives the interactions without a session the one of their user that is under way. Returns how many there are. */
const nameSessions = ({ users, sessions, atMs, size, userCount, sessionCount }: InteractionLog): number => {
  let count = sessionCount;
  const current = new Int32Array(userCount).fill(-1);
  const newest = new Float64Array(userCount).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < size; at += 1) {
    if (sessions[at] !== -1) continue;
    const user = users[at] as number;
    const time = atMs[at] as number;
    if (time - (newest[user] as number) > pauseMs) current[user] = count++;
    sessions[at] = current[user] as number;
    newest[user] = time;
  }
  return count;
};

const createNumbering = () => {
  const numbers = new Map<string, number>();
  return {
    of: (name: string): number => {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      return numbers.size - 1;
    },
    count: () => numbers.size,
    names: () => [...numbers.keys()],
  };
};
