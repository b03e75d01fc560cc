import { addBodyParser } from '@souk/service-kit/http/body-parser.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { readJson } from '@souk/service-kit/http/json-body.ts';

/** Reads JSON like every other route of the scope, and keeps its bytes beside it. */
export const keepBodies = (scope: Http): ((request: object) => Buffer) => {
  const bodies = new WeakMap<object, Buffer>();
  scope.removeContentTypeParser('application/json');
  addBodyParser(scope, 'application/json', (bytes, left, request) => {
    bodies.set(request, bytes);
    return readJson(bytes, 'body', left);
  });
  return (request) => bodies.get(request) as Buffer;
};
