import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { Static } from '@souk/contracts/typebox.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { openKeyFile } from '@souk/service-kit/access/key-file.ts';
import {
  createSigner,
  publicKeysFile,
  rotateSigningKeys,
  signingKeysFile,
} from '@souk/service-kit/access/signing-keys.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import type { Database, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { testMigrated } from '@souk/service-kit/testing/migrated.ts';
import { publishedEvents } from '@souk/service-kit/testing/published.ts';
import { asker, testHttpOptions } from '@souk/service-kit/testing/test-http.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { expect } from 'vitest';
import type { User } from '../accounts/account-schemas.ts';
import { migrations } from '../migrations.ts';
import { userHttp } from '../user-http.ts';

/** Where the one proxy is whose word the service takes. */
export const testProxy = '192.0.2.99';

export interface TestApp {
  request: ReturnType<typeof asker>;
  /** Listens on a free port, for tests of connections: http://127.0.0.1:port. */
  listen(): Promise<string>;
  /** Registers a user of its own. */
  newUser(): Promise<Static<typeof User>>;
  /** Works while the service has nothing to sign tokens with. */
  withoutSigningKeys<T>(work: () => Promise<T>): Promise<T>;
  /** What was sent to people who have forgotten their passwords. */
  resets: { email: string; token: string; expiresAt: Date }[];
  sql: Sql;
  db: Database;
  http: Http;
  /** Starts work while a transaction has done `first`, and commits that when `waiting` others wait for its locks. */
  whileLocked<T>(
    first: (tx: TransactionSql) => PromiseLike<unknown>,
    start: () => Promise<T>,
    waiting: number,
  ): Promise<T>;
  /** What the outbox has for `user-updates`, in the order of its numbers, decoded as a consumer would. */
  published(): Promise<DecodedEvent<typeof userUpdates>[]>;
  /** Whose tokens were revoked. */
  revoked(): Promise<EventData<typeof sessionUpdates, 'session.revoked.v1'>[]>;
  /** How often a commit was announced. */
  commits(): number;
  /** Database work that counts as failed. */
  queryErrors(): Promise<number>;
  /** Everything logged so far. */
  logs(): string;
  close(): Promise<void>;
}

/** The HTTP side of the service over a real, empty database; its answers are checked against their schemas. */
export const testApp = async (): Promise<TestApp> => {
  let logged = '';
  const log = createLogger(
    'user',
    { LOG_LEVEL: 'trace', LOG_PRETTY: false },
    new Writable({
      write: (chunk, _encoding, done) => {
        logged += chunk;
        done();
      },
    }),
  );
  const { db, metrics, close } = await testMigrated('user', migrations, { log });
  const resets: TestApp['resets'] = [];
  let commits = 0;
  const onCommitted = () => {
    commits += 1;
  };
  const keysFolder = mkdtempSync(join(tmpdir(), 'souk-user-'));
  await rotateSigningKeys(keysFolder, 0);
  const http = await userHttp({
    keyFile: openKeyFile(publicKeysFile(keysFolder), log),
    signer: createSigner({ file: signingKeysFile(keysFolder), issuer: 'souk', audience: 'souk' }),
    db,
    shopName: 'Souk',
    sendReset: async (reset) => void resets.push(reset),
    onCommitted,
    ...testHttpOptions('user', { log, metrics }),
    ...{ bodyLimitBytes: 100_000, trustProxy: testProxy },
  });
  const request = asker(http);
  let users = 0;
  return {
    request,
    listen: () => http.listen({ host: '127.0.0.1', port: 0 }),
    newUser: async () => {
      users += 1;
      const { status, body } = await request('POST', '/api/v1/users', {
        email: `user-${users}@example.org`,
        name: `User Number${users}`,
      });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    withoutSigningKeys: async (work) => {
      const file = signingKeysFile(keysFolder);
      renameSync(file, `${file}.away`);
      try {
        return await work();
      } finally {
        renameSync(`${file}.away`, file);
      }
    },
    resets,
    sql: db.sql,
    db,
    http,
    whileLocked: async (first, start, waiting) => {
      const begun = await db.transaction('test', async (tx) => {
        await first(tx);
        const result = start();
        await eventually(async () => {
          const [row] = await db.sql`
            select count(*) as count from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`;
          expect(row?.count).toBe(waiting);
        });
        // In an object, because a transaction waits for a promise that it returns.
        return { result };
      });
      return begun.result;
    },
    published: () => publishedEvents(db.sql, userUpdates),
    revoked: async () => (await publishedEvents(db.sql, sessionUpdates)).map(({ data }) => data),
    commits: () => commits,
    queryErrors: async () => {
      const counted = await metrics.registry.getSingleMetric('db_query_errors_total')?.get();
      return counted?.values[0]?.value ?? Number.NaN;
    },
    logs: () => logged,
    close: async () => {
      const closed = http.close();
      // Those of fetch would stay open for a minute.
      http.server.closeAllConnections();
      await closed;
      await close();
      rmSync(keysFolder, { recursive: true });
    },
  };
};

/** What a problem must look like, with the fields it must name. */
export const problemWith = (status: number, code: string, fields?: string[]) => ({
  status,
  headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  body: {
    status,
    code,
    request_id: expect.any(String),
    ...(fields ? { errors: fields.map((field) => ({ field })) } : {}),
  },
});
