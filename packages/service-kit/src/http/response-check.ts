import type { TSchema } from '@souk/contracts/typebox.ts';
import type { ValidateFunction } from 'ajv';
import type { FastifyRequest } from 'fastify';
import { problem } from '../problem.ts';
import type { Http } from './http.ts';
import { responseValidator } from './validation.ts';

/**
 * Makes every JSON answer that does not fit its route's schema a 500 `response_mismatch` that says where.
 * For tests: in production nothing is checked on the way out, and the native JSON.stringify writes it.
 */
export const checkResponses = (http: Http): void => {
  const validators = new Map<object, ValidateFunction>();
  let compile: ReturnType<typeof responseValidator> | undefined;

  http.addHook('onSend', async (request, reply, payload) => {
    const schema = responseSchema(request, reply.statusCode, String(reply.getHeader('content-type') ?? ''));
    if (!schema || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload;
    compile ??= responseValidator(http.getSchemas());
    const validate = validators.get(schema) ?? compile(schema);
    validators.set(schema, validate);
    if (validate(JSON.parse(String(payload)))) return payload;
    const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    throw problem(500, 'response_mismatch', `the answer does not fit its schema: ${faults.join('; ')}`);
  });
};

/** The schema of what is about to be sent; a documented status without one is no mismatch. */
const responseSchema = (
  request: FastifyRequest,
  status: number,
  contentType: string,
): TSchema | undefined => {
  const mediaType = contentType.split(';')[0] ?? '';
  if (mediaType !== 'application/json' && !mediaType.endsWith('+json')) return undefined;
  const responses = request.route.schema?.response as Record<string, Response> | undefined;
  const response = responses?.[status];
  return response?.content ? response.content[mediaType]?.schema : (response as TSchema | undefined);
};

type Response = { content?: Record<string, { schema: TSchema }> };
