import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { declareAccess } from '../access/access.ts';
import { type AccessControl, enforceAccess } from '../access/enforce-access.ts';
import { listOf } from '../config/addresses.ts';
import { readIdentity, type TlsFiles } from '../config/encryption.ts';
import type { ShownSetting } from '../config/shown-settings.ts';
import type { OnceParts } from '../idempotency/answer-once.ts';
import { takeIdempotencyKeys } from '../idempotency/idempotency.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { type LimitOptions, limitRequests } from '../rate-limit/limit-requests.ts';
import type { Health } from '../service/health.ts';
import type { Load } from '../shedding/load.ts';
import { shedLoad } from '../shedding/shed.ts';
import { refuseForeignHosts } from './allowed-hosts.ts';
import { answerUnrouted, routerOptions } from './allowed-methods.ts';
import { serveAlsoAt } from './also-at.ts';
import { addBodyParser, prepareBodies } from './body-parser.ts';
import { answerClientError } from './client-error.ts';
import { configurationRoute } from './configuration-route.ts';
import { allowOrigins } from './cross-origin.ts';
import { onEnded } from './ended.ts';
import { sendProblem, toProblem } from './error-handler.ts';
import { limitHandlers } from './handler-timeout.ts';
import type { Http } from './http.ts';
import { readJson } from './json-body.ts';
import { serveOpenApi } from './openapi.ts';
import { operationalRoutes } from './operational-routes.ts';
import { separateOperators } from './operators-port.ts';
import { guard } from './request-guard.ts';
import { lazyChildren } from './request-log.ts';
import { answeredStatus, requestMetrics } from './request-metrics.ts';
import { requestSpans } from './request-spans.ts';
import { checkResponses } from './response-check.ts';
import { securityHeaders } from './security-headers.ts';
import { followIdentity } from './tls.ts';
import { readToTheEnd } from './unread-body.ts';
import { validatorCompiler } from './validation.ts';

export interface HttpOptions {
  name: string;
  version: string;
  /** The introduction of the API's documentation, Markdown. */
  description: string;
  log: Logger;
  metrics: Metrics;
  health: Health;
  /** Without it every route is open to everybody, as in most tests. */
  access?: AccessControl;
  /** What one caller may do; everything without it. */
  limits?: LimitOptions | undefined;
  /** Where repeats find the answers of routes that say `config.idempotent`; without it they take no keys. */
  idempotency?: OnceParts;
  /** What operators may see of the environment; without it nothing. */
  settings?: readonly ShownSetting[];
  /** Whether operators have a port of their own (`listenForOperators`). */
  operatorsPort?: boolean;
  /** What is refused while it is too high; without it nothing is. */
  load?: Load;
  bodyLimitBytes: number;
  /** HTTPS instead of HTTP. */
  tls?: TlsFiles | undefined;
  /** Connections open at once; a further one is closed. Without limit by default. */
  connectionsMax?: number;
  /** The addresses and networks of proxies, with commas, that say who a client is. Nobody by default. */
  trustProxy?: string | undefined;
  /** The names that requests may come under, beside localhost and addresses; any by default. */
  allowedHosts?: readonly string[] | undefined;
  /** The origins whose pages may read answers; none by default. */
  corsOrigins?: readonly string[];
  /** How long a route may take to answer before it is a 503; 30 s by default. */
  handlerTimeoutMs?: number;
  /** For tests: an answer that does not fit its schema becomes a 500 that says so. */
  validateResponses?: boolean;
}

/** How long a request may take to arrive, and then to be answered. */
const requestTimeoutMs = 30_000;
const handlerTimeoutMsDefault = 30_000;
/** How long its head may take, and how often connections are looked at for what takes too long. */
const headersTimeoutMs = 10_000;
const connectionsCheckMs = 2_000;
/** How long a client may leave an answer unread, or a connection silent. */
const silenceTimeoutMs = 60_000;
/** What clients are told, and how much later a connection is closed: who uses it at the last moment is answered, too. */
const keepAliveTimeoutMs = 72_000;
const keepAliveBufferMs = 8_000;
const connections = {
  keepAliveTimeoutBuffer: keepAliveBufferMs,
  headersTimeout: headersTimeoutMs,
  connectionsCheckingInterval: connectionsCheckMs,
  // Refused by the guard instead, with a problem.
  requireHostHeader: false,
};

/**
 * The HTTP side of a service: routes are added to what this gives. It already has problem+json for every
 * error, request ids, validation, metrics, OpenAPI, and the operational routes. Until the service has started
 * every other route answers 503 `service_starting`.
 */
export const buildHttp = async (options: HttpOptions): Promise<Http> => {
  const { name, version, description, log, metrics, health, bodyLimitBytes, connectionsMax } = options;
  const counted = requestMetrics(metrics);
  const http = fastify({
    loggerInstance: lazyChildren(log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    trustProxy: options.trustProxy ? listOf(options.trustProxy) : false,
    bodyLimit: bodyLimitBytes,
    routerOptions,
    ...(options.tls && {
      https: { ...readIdentity(options.tls), ...connections, handshakeTimeout: headersTimeoutMs },
    }),
    http: connections,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // While the service stops, requests on open connections are answered as always, and each ends its connection.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      counted.refused(request.method, toProblem(error).statusCode);
      sendProblem(error, request as FastifyRequest, reply as unknown as FastifyReply);
    },
    schemaController: { compilersFactory },
  }).withTypeProvider<TypeBoxTypeProvider>() as unknown as Http;

  if (options.tls) followIdentity(http, options.tls, log);

  if (connectionsMax !== undefined) http.server.maxConnections = connectionsMax;
  // The guard answers these with a problem.
  http.server.on('checkExpectation', (request, response) => http.routing(request, response));
  http.addSchema(Problem);
  http.decorateReply('problemCode', undefined);
  http.setErrorHandler(sendProblem);
  prepareBodies(http);
  readToTheEnd(http);
  takeJson(http);
  requestSpans(http);
  observe(http, log, counted, health);
  if (options.corsOrigins?.length) await allowOrigins(http, options.corsOrigins);
  if (options.allowedHosts) refuseForeignHosts(http, options.allowedHosts);
  answerUnrouted(http);
  shedLoad(http, options.load, metrics);
  guard(http, health);
  const access = options.access ?? openToAll;
  if (options.operatorsPort) separateOperators(http, access.mode);
  limitRequests(http, options.limits, { verifier: access.verifier, metrics });
  enforceAccess(http, access);
  if (options.validateResponses) checkResponses(http);
  declareAccess(http, access.mode);
  serveAlsoAt(http);
  takeIdempotencyKeys(http, options.idempotency);
  limitHandlers(http, options.handlerTimeoutMs ?? handlerTimeoutMsDefault);
  // From the port of the operators the other routes cannot be reached.
  const triesOut = !options.operatorsPort || access.mode === 'open';
  await serveOpenApi(http, { title: name, version, description, triesOut });
  operationalRoutes(http, { health, metrics });
  if (options.settings) configurationRoute(http, options.settings);
  return http;
};

const openToAll: AccessControl = {
  mode: 'open',
  verifier: { verify: () => Promise.reject(new Error('there are no keys')) },
};

const compilersFactory = {
  // Fastify types this by its own AJV, although it takes any compiler.
  buildValidator: validatorCompiler as never,
  // The native function is faster than a compiled serializer on Node 24; shapes are checked in tests instead.
  buildSerializer: () => () => JSON.stringify,
};

/** Takes the caller's id when it is sane, so that one id follows a request through several systems. */
const requestId = (request: { headers: IncomingMessage['headers'] }): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
};

/** JSON, and nothing else unless a route's plugin adds it. A DELETE may come with an empty one. */
const takeJson = (http: Http): void => {
  http.removeAllContentTypeParsers();
  addBodyParser(http, 'application/json', (bytes, left, request) =>
    bytes.length === 0 && request.method === 'DELETE' ? undefined : readJson(bytes, 'body', left),
  );
};

/** Counts and logs every request, its route's template, never its query, which may hold anything; sets the headers of every answer. */
const observe = (
  http: Http,
  log: Logger,
  counted: ReturnType<typeof requestMetrics>,
  health: Health,
): void => {
  http.addHook('onRequest', (request, reply, done) => {
    counted.began();
    reply.headers(securityHeaders(request.protocol)).header('x-request-id', request.id);
    // A client with an open connection goes to another replica before this one closes it.
    if (health.state() === 'stopping') reply.header('connection', 'close');
    done();
  });
  onEnded(http, (request, reply) => {
    counted.ended(request, reply);
    const status = answeredStatus(reply);
    const code = reply.problemCode;
    const level = levelOf(status, code);
    if (!log.isLevelEnabled(level)) return;
    const {
      method,
      route: { url: route },
    } = request;
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const trace_id = request.trace?.span.spanContext().traceId;
    reply.log[level]({ method, route, status, code, duration_ms: durationMs, trace_id }, 'request');
  });
};

/** A probe that hears "not yet" is told what it asked for: no reason for a warning. */
const levelOf = (status: number, problemCode: string | undefined): 'debug' | 'info' | 'warn' => {
  if (status < 400 || expectedProblems.has(problemCode ?? '')) return 'debug';
  return status >= 500 ? 'warn' : 'info';
};

const expectedProblems = new Set(['not_ready', 'service_starting']);
