import { type TObject, Type } from '@souk/contracts/typebox.ts';
import type { FastifyRequest, FastifySchema } from 'fastify';
import { invalidRequest, problem, problems, tryAgain } from '../problem.ts';

const header = 'idempotency-key';
/** The draft's structured string (RFC 9651), and what most clients send, the same without quotes. */
const pattern = '^("([ !#-\\[\\]-~]|\\\\["\\\\]){1,255}"|[!#-~]{1,255})$';

/** The key of a request; undefined without one. Throws 400 for what is none. */
export const keyOf = (headers: FastifyRequest['headers']): string | undefined => {
  const given = headers[header];
  if (given === undefined) return undefined;
  // Batches' routes do not validate their headers by the schema.
  if (typeof given !== 'string' || !new RegExp(pattern).test(given))
    throw invalidRequest('headers', [{ field: header, message: 'must be 1 to 255 printable characters' }]);
  return given.startsWith('"') ? given.slice(1, -1).replaceAll(/\\(.)/g, '$1') : given;
};

/** A route's schema with the header and what comes of it. */
export const documented = (schema: FastifySchema = {}): FastifySchema => ({
  ...schema,
  headers: Type.Object({
    ...(schema.headers as TObject | undefined)?.properties,
    [header]: Type.Optional(
      Type.String({
        pattern,
        description:
          'random, such as `"8e03978e-40d5-43dd-bc93-6894a57f9324"`: for 24 hours a repeat with it changes nothing and ' +
          'gets the same answer, with `idempotent-replayed: true`. 409 while the first is being answered, 422 with ' +
          'another payload. A refusal is not kept',
      }),
    ),
  }),
  response: { ...problems(409, 422), ...(schema.response as object) },
});

export const inFlight = () =>
  tryAgain(409, 'idempotency_in_flight', 'a request with this Idempotency-Key is being answered: try again');

export const keyReused = () =>
  problem(422, 'idempotency_key_reused', 'this Idempotency-Key was used with another payload');

export const answerNotKept = () =>
  problem(
    409,
    'idempotency_answer_not_kept',
    'a request with this Idempotency-Key has been done; its answer held what is not kept, such as a secret',
  );
