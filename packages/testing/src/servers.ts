import type { PostgresAddress } from '@souk/embedded/postgres-database.ts';

/** A Kafka broker. */
export interface TestBroker {
  /** For bootstrap.servers (KAFKA_BROKERS); the same after every restart. */
  brokers: string;
  /** Kills it. Its topics, groups and offsets are gone. */
  stop(): Promise<void>;
  /** Starts it again at the same address, empty. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** A test is done with it: the next one of its file may get it, without topics, groups and offsets. */
  release(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** A real Kafka, which can keep its log; the in-memory broker cannot. */
export interface TestKafka extends TestBroker {
  /** Ends it, its log stays: cleanly, as for an update of its machine, or as a crash does with SIGKILL. */
  stopKeepingLog(signal?: 'SIGKILL'): Promise<void>;
  /** Starts it again with the log it was stopped with, and waits until it answers. */
  startWithLog(): Promise<void>;
}

/** A Redis; it keeps nothing. */
export interface TestRedis {
  /** The same after every restart. */
  url: string;
  stop(): Promise<void>;
  /** Starts it again at the same address, empty. */
  start(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** A PostgreSQL; its data stay when it stops. */
export interface TestPostgres {
  /** Every line of its log so far. */
  logs: readonly string[];
  /** The address of the database `souk` for a role; the same after every restart. */
  url(role: keyof PostgresAddress['passwords']): string;
  /** Whether the schemas have owners of their own. */
  hasOwners: boolean;
  /** Ends the server, its data stay: cleanly, or as a crash does with SIGKILL. */
  stop(signal?: 'SIGKILL'): Promise<void>;
  /** Starts it again with the same data on the same port. */
  start(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}
