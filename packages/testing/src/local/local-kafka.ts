import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import type { Child } from '@souk/embedded/child.ts';
import { freePorts } from '@souk/embedded/ports.ts';
import { startUntilLine } from '@souk/embedded/ready-line.ts';
import type { TestCertificates } from '../certificates.ts';
import { asAdmin, type KafkaSecurity, removeEverything } from '../kafka-admin.ts';
import type { TestKafka } from '../servers.ts';
import { kafkaClassPath } from './kafka-jars.ts';

const readyDeadlineMs = 60_000;
const stopDeadlineMs = 15_000;
const heapOptions = ['-Xms256m', '-Xmx512m'];
const clusterId = '5L6g3nShT-eMCtK--X86sw';
/** Of a topic that the contracts do not know. */
const partitionsDefault = 4;

export interface LocalKafkaOptions {
  /** Where its log lives, a file system of its own for example; otherwise a temporary folder. */
  folder?: string;
  onLine?: (line: string) => void;
  /** Clients come under TLS, log in, and may do what ACLs say. */
  secured?: SecuredKafkaOptions;
}

export interface SecuredKafkaOptions {
  /** With `kafka.pem` and `kafka.key`. */
  certificates: TestCertificates;
  /** The passwords of its users by their names. `admin` is one that may do everything. */
  passwords: Record<string, string> & { admin: string };
}

interface Place {
  classPath: string;
  /** Of its settings and its log; both are deleted by `stop`. */
  folder: string;
  /** The broker's; the controller has the next one. */
  port: number;
  secured: SecuredKafkaOptions | undefined;
}

export interface LocalKafka extends TestKafka {
  /** As `restart`, but of a broker that goes on running: much sooner, and warm. No group may have members. */
  empty(): Promise<void>;
}

/**
 * A real Kafka of one node as a process of this machine, with the given topics as the contracts define them. It
 * flushes as Kafka does by default: what is acknowledged survives a killed process.
 */
export const localKafka = async (topics: string[], options: LocalKafkaOptions = {}): Promise<LocalKafka> => {
  const classPath = kafkaClassPath();
  const folder = options.folder ? join(options.folder, 'kafka') : mkdtempSync(join(tmpdir(), 'souk-kafka-'));
  const port = await freePorts(2);
  const { secured } = options;
  const place = { classPath, port, folder, secured };
  // The name is the one in the certificate.
  const brokers = `${secured ? 'localhost' : '127.0.0.1'}:${port}`;
  const security = secured && adminSecurity(secured);
  let child: Child | undefined;

  const startWithLog = async () => {
    child = await startKafka(place, options.onLine);
    await asAdmin(brokers, (admin) => admin.listTopics(), security);
  };
  const end = async (signal?: 'SIGKILL') => {
    if (signal) child?.kill(signal);
    await child?.stop();
  };
  const start = async () => {
    await formatLog(place);
    await startWithLog();
    await createTopics(brokers, topics, security);
  };
  const stop = async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers,
    stop,
    start,
    restart: async () => {
      await stop();
      await start();
    },
    release: stop,
    empty: async () => {
      await asAdmin(brokers, removeEverything, security);
      await createTopics(brokers, topics, security);
    },
    stopKeepingLog: end,
    startWithLog,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
  };
};

const startKafka = ({ classPath, folder }: Place, onLine: LocalKafkaOptions['onLine']): Promise<Child> =>
  startUntilLine(
    'Kafka',
    {
      command: 'java',
      args: [
        ...heapOptions,
        `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
        ...['-cp', classPath, 'kafka.Kafka', join(folder, 'server.properties')],
      ],
      stopDeadlineMs,
      removeFolder: folder,
      onLine,
    },
    (line) => line.includes('Kafka Server started'),
    readyDeadlineMs,
  );

const formatLog = async ({ classPath, folder, port, secured }: Place): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const settings = { ...settingsOf(folder, port), ...(secured && securitySettings(secured, folder, port)) };
  writeProperties(join(folder, 'server.properties'), settings);
  writeProperties(join(folder, 'log4j2.properties'), logging);
  if (existsSync(join(settings['log.dirs'], 'meta.properties'))) return;
  const users = Object.entries(secured?.passwords ?? {}).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
  const format = [
    ...['format', '--cluster-id', clusterId, '--config', join(folder, 'server.properties')],
    ...users,
  ];
  await promisify(execFile)('java', [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    ...format,
  ]);
};

const writeProperties = (file: string, properties: Record<string, string | number>): void =>
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

const settingsOf = (folder: string, port: number) => ({
  'node.id': 1,
  'process.roles': 'broker,controller',
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
  'log.dirs': join(folder, 'log'),
  'num.partitions': partitionsDefault,
  'message.max.bytes': 16 * 1_048_576,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  // After a crash it takes itself for another broker until its own session has ended.
  'broker.session.timeout.ms': 2_000,
  'broker.heartbeat.interval.ms': 500,
  // The suites use short sessions, so that the loss of a member is noticed soon.
  'group.min.session.timeout.ms': 1_000,
});

/** Its controller, which only this machine reaches, is asked in plain text, by nobody in particular. */
const securitySettings = ({ certificates, passwords }: SecuredKafkaOptions, folder: string, port: number) => {
  const keystore = join(folder, 'kafka.keystore.pem');
  writeFileSync(keystore, certificates.text('kafka.key') + certificates.text('kafka.pem'));
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  return {
    listeners: `SASL_SSL://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `SASL_SSL://localhost:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login} username="admin" password="${passwords.admin}";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.path('ca.pem'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin;User:ANONYMOUS',
  };
};

/** What `admin` shows and trusts. */
export const adminSecurity = ({ certificates, passwords }: SecuredKafkaOptions): KafkaSecurity => ({
  tls: { ca: certificates.text('ca.pem') },
  tlsServerName: true,
  sasl: { mechanism: 'SCRAM-SHA-512', username: 'admin', password: passwords.admin },
});

const logging = {
  'rootLogger.level': 'WARN',
  'rootLogger.appenderRef.out.ref': 'out',
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '[%d] %p %m (%c)%n',
  'logger.server.name': 'kafka.server.KafkaRaftServer',
  'logger.server.level': 'INFO',
};

const createTopics = (brokers: string, topics: string[], security?: KafkaSecurity): Promise<void> =>
  asAdmin(
    brokers,
    async (admin) => {
      for (const name of topics) {
        const known = kafkaTopics.find((topic) => topic.name === name);
        const configs = known && [
          { name: 'retention.ms', value: `${known.retentionMs}` },
          { name: 'max.message.bytes', value: `${known.messageBytesMax}` },
        ];
        const partitions = known?.partitions ?? partitionsDefault;
        await admin
          .createTopics({ topics: [name], partitions, replicas: 1, ...(configs && { configs }) })
          .catch(unlessThere);
      }
    },
    security,
  );

/** A request that was answered too late is sent again. */
const unlessThere = (error: Error & { findBy?: (name: string, value: unknown) => unknown }): void => {
  if (!error.findBy?.('apiId', 'TOPIC_ALREADY_EXISTS')) throw error;
};
