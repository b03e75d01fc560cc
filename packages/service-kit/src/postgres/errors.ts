/** SQLSTATE classes and codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const transientStates = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled: a statement or lock timeout
  '25006', // read_only_sql_transaction: a failover, or a disk that is full
  '25P02', // in_failed_sql_transaction: the cause was reported before
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
]);
/** 08 connection, 53 insufficient resources, 57P admin shutdown, 58 system error, XX internal error. */
const transientClasses = ['08', '53', '57P', '58', 'XX'];

const connectionCodes = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The `code` of an error of any kind, following `cause`; undefined when there is none. */
export const errorCode = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : errorCode(cause);
};

/** True when TLS was not possible, or the certificate that the server showed is not trusted, has expired or names another host. */
export const isTlsError = (error: unknown): boolean =>
  /^(CERT_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$|(DEPTH_ZERO_)?SELF_SIGNED_CERT)/.test(errorCode(error) ?? '');

/** True when Postgres cannot be reached or has closed the connection. */
export const isConnectionError = (error: unknown): boolean => {
  const code = errorCode(error);
  return (
    code !== undefined && (connectionCodes.has(code) || isTlsError(error) || /^(08...|57P0.)$/.test(code))
  );
};

/** True when the same statement may succeed later: connection, resources, serialization, timeouts. */
export const isTransient = (error: unknown): boolean => {
  const code = errorCode(error);
  if (code === undefined) return false;
  if (connectionCodes.has(code) || isTlsError(error) || transientStates.has(code)) return true;
  return code.length === 5 && transientClasses.some((prefix) => code.startsWith(prefix));
};

/**
 * True when the data itself is refused, however often it is tried: data exceptions (22), integrity constraints
 * (23), what is too large for an index or a row (54000). Everything else, a bug in a statement included, is not
 * the event's fault.
 */
export const isDataError = (error: unknown): boolean => /^(2[23]...|54000)$/.test(errorCode(error) ?? '');

const readOnlyState = '25006';

/** The error of a server that takes no writes, as Postgres itself reports it. */
export const readOnlyError = (): Error =>
  Object.assign(new Error('postgres is read only'), { code: readOnlyState });

export const isReadOnly = (error: unknown): boolean => errorCode(error) === readOnlyState;

/** True when the work took longer than it may: less of it at once may succeed. */
export const isTooLong = (error: unknown): boolean => /^(25P04|57014)$/.test(errorCode(error) ?? '');

/** True for a unique violation (23505), of the given constraint when one is named. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  errorCode(error) === '23505' &&
  (constraint === undefined || (error as { constraint_name?: string }).constraint_name === constraint);
