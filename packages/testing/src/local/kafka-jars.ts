import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pom = join(root, '.ci/images/kafka/pom.xml');
const javaVersionMin = 17;

/**
 * The class path of the Kafka that docker-compose.yml names: its jars come from Maven Central once, into .toolchain.
 * Throws an Error that names the Debian package where Java or Maven is missing.
 */
export const kafkaClassPath = (): string => {
  requireJava();
  const version = kafkaVersion();
  const folder = join(root, '.toolchain', `kafka-${version}`);
  if (!existsSync(folder)) fetchJars(version, folder);
  return join(folder, '*');
};

/** That of docker-compose.yml. */
export const kafkaVersion = (): string => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const version = /apache\/kafka:([\w.-]+)/.exec(compose)?.[1];
  if (!version) throw new Error('docker-compose.yml has no image apache/kafka');
  return version;
};

const requireJava = (): void => {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  if (version < javaVersionMin)
    throw new Error(
      `a local Kafka needs Java ${javaVersionMin} or newer on the PATH; Debian has it as openjdk-17-jre-headless`,
    );
};

/** The folder goes into its place by one rename, so that an interrupted download leaves no half of one. */
const fetchJars = (version: string, folder: string): void => {
  if (spawnSync('mvn', ['--version']).error)
    throw new Error('the jars of a local Kafka are fetched by Maven; Debian has it as maven');
  console.error(`Fetching Kafka ${version} from Maven Central, once`);
  const unfinished = `${folder}.unfinished-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, `-Dkafka.version=${version}`, ...goal], { stdio: 'inherit' });
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
};
