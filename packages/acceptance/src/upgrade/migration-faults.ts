/**
 * What of a migration the build before it may not survive: it goes on running while the schema is changed, and may come
 * back afterwards. Each fault is the beginning of a statement. Statements about tables that the file itself creates are
 * free. A file that takes away what is unused says so, with the release since which nothing uses it:
 * `-- Contracts: users.nickname, unused since 0.3.0`; then only that release is checked, against `version`.
 */
export const migrationFaults = (text: string, version: string): string[] => {
  const [, since] = /^-- Contracts: .+, unused since (\d+\.\d+\.\d+)$/m.exec(text) ?? [];
  if (since) return isReleased(since, version) ? [] : [`unused since ${since}, which is not released`];
  const sql = text.replace(/--.*$/gm, '').replace(/\s+/g, ' ').toLowerCase();
  const created = [...sql.matchAll(/create table (?:if not exists )?([\w.]+)/g)].map(([, name]) => name);
  return sql
    .split(/;| then | begin | loop /)
    .flatMap(clausesOf)
    .filter((statement) => breaks(statement) && !created.some((name) => subjectOf(statement) === name))
    .map((statement) => statement.slice(0, 80));
};

/** What an `alter table` does to it, one thing at a time. */
const clausesOf = (statement: string): string[] => {
  const [, head = '', rest = ''] =
    /^ *(alter table (?:if exists )?(?:only )?[\w.]+ )(.*)$/.exec(statement) ?? [];
  return head === ''
    ? [statement.trim()]
    : rest.split(/, *(?![^(]*\))/).map((clause) => head + clause.trim());
};

const breaks = (statement: string): boolean => faults.some((fault) => fault.test(statement));

const faults: readonly RegExp[] = [
  // What the build before still names, or relies on: also an index, which an `on conflict` may need.
  /^drop (?!policy)/,
  /^alter .*\bdrop (column|constraint|default|expression|identity|(?!not null)\w+$)/,
  /^alter .*\brename\b/,
  /^alter table .*\balter (column )?\w+ (set data )?type\b/,
  // What the build before writes, and might not fit any more.
  /^alter table .*\bset not null\b/,
  /^alter table .*\badd (column )?(if not exists )?\w+ (?!.*\b(default|generated)\b)[^,]*\bnot null\b/,
  /^alter (table|domain) .*\badd (constraint\b|check\b|unique\b|primary key\b|foreign key\b|exclude\b)/,
  /^create unique index\b/,
  /^truncate\b/,
];

/** The table that a statement is about. */
const subjectOf = (statement: string): string | undefined =>
  (/^create unique index .*? on (?:only )?([\w.]+)/.exec(statement) ??
    /^(?:alter|drop|truncate) (?:table )?(?:if exists )?(?:only )?([\w.]+)/.exec(statement))?.[1];

const isReleased = (release: string, version: string): boolean => {
  const [one, other] = [release, version].map((text) => text.split('.').map(Number));
  const first = one?.findIndex((number, index) => number !== other?.[index]) ?? -1;
  return first === -1 || (one?.[first] ?? 0) < (other?.[first] ?? 0);
};
