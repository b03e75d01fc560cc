import { consolePort, type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { type Static, type TObject, Type } from '@souk/contracts/typebox.ts';
import { isLoopback } from '@souk/service-kit/access/access-config.ts';
import { isServerUrl } from '@souk/service-kit/config/addresses.ts';
import { configError } from '@souk/service-kit/config/config-error.ts';
import { accessEnv, httpEnv, kafkaEnv, logEnv } from '@souk/service-kit/config/env-fields.ts';

const url = (description: string) =>
  Type.Refine(Type.String({ description }), (text) => isServerUrl(text, ['http', 'https']));
const serviceUrl = url('http://host:port of a service');

type UrlOf<Suffix extends string> = `${Uppercase<ServiceName>}_${Suffix}`;
const urlOf = <Suffix extends string>(name: ServiceName, suffix: Suffix) =>
  `${name.toUpperCase()}_${suffix}` as UrlOf<Suffix>;
/** A variable for each service. */
const urlsOf = <Suffix extends string, Schema>(suffix: Suffix, schema: Schema) =>
  Object.fromEntries(serviceNames.map((name) => [urlOf(name, suffix), schema])) as Record<
    UrlOf<Suffix>,
    Schema
  >;

const { HOST, TLS_CERT_FILE, TLS_KEY_FILE, TRUST_PROXY, ALLOWED_HOSTS, BODY_LIMIT_BYTES } = httpEnv;
const { HTTP_CONNECTIONS_MAX, SHUTDOWN_DEADLINE_MS, EXIT_WITH_PARENT } = httpEnv;
const { AUTH_MODE, PUBLISHED_ADDRESS } = accessEnv;

export const configSchema = Type.Object({
  ...{ HOST, TLS_CERT_FILE, TLS_KEY_FILE, TRUST_PROXY, ALLOWED_HOSTS, BODY_LIMIT_BYTES },
  ...{ HTTP_CONNECTIONS_MAX, SHUTDOWN_DEADLINE_MS, EXIT_WITH_PARENT },
  /** `required`: whoever uses the console logs in with an account of the mesh. */
  ...{ AUTH_MODE, PUBLISHED_ADDRESS },
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: consolePort }),
  /** `USER_URL`, … */
  ...urlsOf('URL', serviceUrl),
  /** Where /health and /metrics are, where a service has an OPERATOR_PORT. */
  ...urlsOf('OPERATOR_URL', Type.Optional(serviceUrl)),
  /** A page of traces for people, such as Jaeger's: events link to it. */
  TRACES_URL: Type.Optional(url('http://host:port of a page of traces, or nothing')),
  ...logEnv,
  ...kafkaEnv,
});

export type ConsoleConfig = Static<TObject<(typeof configSchema)['properties']>>;

/** Throws a ConfigError when strangers could use the console without logging in. */
export const checkConsoleConfig = ({ HOST, PUBLISHED_ADDRESS, AUTH_MODE }: ConsoleConfig): void => {
  const reachedAt = PUBLISHED_ADDRESS ?? HOST;
  if (AUTH_MODE === 'open' && !isLoopback(reachedAt))
    throw configError([
      `AUTH_MODE must be required where others reach the console, which is at ${reachedAt}`,
    ]);
};

/** Where the services answer, and where they answer operators; without a slash at the end. */
export interface MeshUrls {
  services: Record<ServiceName, string>;
  operators: Record<ServiceName, string>;
}

export const meshUrls = (config: ConsoleConfig): MeshUrls => {
  const of = (suffix: 'URL' | 'OPERATOR_URL') =>
    Object.fromEntries(
      serviceNames.map((name) => {
        const found = config[urlOf(name, suffix)] ?? config[urlOf(name, 'URL')];
        return [name, found.replace(/\/+$/, '')];
      }),
    ) as MeshUrls['services'];
  return { services: of('URL'), operators: of('OPERATOR_URL') };
};
