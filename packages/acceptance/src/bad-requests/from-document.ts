import { badBodies } from './any-body.ts';
import { type BadRequest, bad, invalid } from './bad-request.ts';
import { type Document, type Operation, requestLine, validBody, within } from './operation.ts';
import { wrongHeaders, wrongPaths, wrongQueries } from './wrong-parameters.ts';
import { sampleOf, type WrongValue, wrongValues } from './wrong-values.ts';

/** What is wrong for one operation by its own description. */
export interface OperationCase {
  operationId: string;
  path: string;
  requests: BadRequest[];
  /** Items that a batch must reject one by one, with the field at fault. */
  items: WrongValue[];
  /** The field of the batch that holds the items. */
  listName: string;
}

/** One case per operation, in the order of the document. */
export const casesOf = ({ paths }: Document): OperationCase[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      operationId: operation.operationId,
      path,
      requests: [wrongPaths, wrongQueries, wrongHeaders, wrongBodies].flatMap((wrong) =>
        wrong(method, path, operation),
      ),
      items: wrongItems(operation),
      listName: jsonBody(operation)?.schema.required?.[0] ?? '',
    })),
  );

/** The methods that no path has which matches this one. */
export const wrongMethodsOf = ({ paths }: Document): BadRequest[] =>
  Object.keys(paths).flatMap((path) => {
    const known = Object.keys(paths)
      .filter((other) => new RegExp(`^${other.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
      .flatMap((other) => Object.keys(paths[other] ?? {}));
    return ['get', 'post', 'put', 'patch', 'delete']
      .filter((method) => !known.includes(method))
      .map((method) => bad('a wrong method', requestLine(method, path), {}, 405, 'method_not_allowed'));
  });

/** The limit of those whose bodies have one of their own, in bytes: what is longer is refused for that alone. */
const bodyLimits: Record<string, number> = { receivePayment: 16_384 };

const wrongBodies = (method: string, path: string, operation: Operation): BadRequest[] => {
  const media = jsonBody(operation);
  if (!media) return [];
  const line = requestLine(method, path);
  const fields = Object.keys(media.schema.properties ?? {});
  const limit = bodyLimits[operation.operationId] ?? Number.POSITIVE_INFINITY;
  return [
    ...badBodies(line),
    invalid(
      'every field at once',
      line,
      { json: Object.fromEntries(fields.map((key) => [key, true])) },
      ...fields,
    ),
    ...wrongValues(media.schema, validBody(operation), !isBatch(operation)).map(({ value, at }) =>
      within(at, `a wrong value at '${at}'`, line, { json: value }),
    ),
  ].filter(({ status, body = '' }) => status === 413 || body.length <= limit);
};

const wrongItems = (operation: Operation): WrongValue[] => {
  const media = operation.requestBody?.content['application/x-ndjson'];
  return media ? wrongValues(media.schema, media.example ?? sampleOf(media.schema)) : [];
};

const jsonBody = ({ requestBody }: Operation) => requestBody?.content['application/json'];

const isBatch = ({ responses }: Operation): boolean => '207' in responses;
