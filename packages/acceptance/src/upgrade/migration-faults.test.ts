import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { migrationFaults } from './migration-faults.ts';

const root = join(import.meta.dirname, '../../../..');

/**
 * The last file before this rule of each folder that is older. Some of them contract: what is named in the README of this package cannot
 * be brought in beside a build that is older.
 */
const baseline: Record<string, string> = {
  'packages/service-kit/migrations/base': '0001',
  'packages/service-kit/migrations/outbox': '0005',
  'packages/service-kit/migrations/projection': '0008',
  'services/analytics/migrations': '0023',
  'services/product/migrations': '0014',
  'services/recommendation/migrations': '0008',
  'services/user/migrations': '0012',
};

const files = globSync('{packages,services}/*/migrations/**/*.sql', { cwd: root }).sort();

test('the rule begins behind a file of each of these folders', () => {
  for (const [folder, last] of Object.entries(baseline))
    expect(files.some((file) => file.startsWith(`${folder}/${last}_`))).toBe(true);
});

test('a migration leaves the build before it working', () => {
  const found = files
    .filter((file) => basename(file).slice(0, 4) > (baseline[dirname(file)] ?? '0000'))
    .map((file) => [file, ...migrationFaults(readFileSync(join(root, file), 'utf8'), manifest.version)])
    .filter(({ length }) => length > 1);
  expect(found).toEqual([]);
});

describe('what a build before may not survive', () => {
  const faultsOf = (sql: string) => migrationFaults(sql, '0.4.0');

  test.each([
    'drop table users;',
    'drop index users_email_key;',
    'alter table users drop column name;',
    'alter table users drop constraint users_pkey;',
    'alter table users alter column name drop default;',
    'alter table users rename column a to b;',
    'alter table users rename to people;',
    'alter table users alter column n type bigint;',
    'alter table users alter column n set data type bigint;',
    'alter table users alter column n set not null;',
    'alter table users add column n bigint not null;',
    'alter table users add column a text,\n  add column n bigint not null;',
    'alter table users add constraint short check (length(name) < 10);',
    'create unique index users_by_name on users (name);',
    "do $$ begin execute 'x'; alter table users drop column name; end $$;",
    'truncate users;',
  ])('%s', (sql) => {
    expect(faultsOf(sql)).toHaveLength(1);
  });

  test.each([
    'create table likes (id bigint primary key, note text not null);',
    'create table likes (id bigint); create unique index likes_by_id on likes (id); alter table likes add check (id > 0);',
    'create index users_by_name on users (name);',
    'alter table users add column n bigint;',
    'alter table users add column n bigint not null default 0;',
    'alter table users add column n bigint not null generated always as (1) stored;',
    'alter table users alter column n drop not null;',
    "insert into projection_tables (name) values ('likes');",
    '-- drop table users;',
  ])('is not: %s', (sql) => {
    expect(faultsOf(sql)).toEqual([]);
  });

  test('is taken away once nothing has used it since a release', () => {
    const contracted = (since: string) =>
      faultsOf(
        `-- Contracts: users.nickname, unused since ${since}\nalter table users drop column nickname;`,
      );
    expect(contracted('0.3.0')).toEqual([]);
    expect(contracted('0.4.0')).toEqual([]);
    expect(contracted('0.10.0')).toEqual(['unused since 0.10.0, which is not released']);
  });
});
