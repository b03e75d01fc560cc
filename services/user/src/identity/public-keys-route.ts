import { Type } from '@souk/contracts/typebox.ts';
import type { KeyFile } from '@souk/service-kit/access/key-file.ts';
import type { Http } from '@souk/service-kit/http/http.ts';

const PublicKey = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: Type.String(),
  y: Type.String(),
  kid: Type.String(),
  use: Type.Literal('sig'),
  alg: Type.Literal('ES256'),
});

/** The keys that access tokens are verified by, for other systems that want to verify them. */
export const publicKeysRoute = (http: Http, keyFile: KeyFile): void => {
  http.get(
    '/.well-known/jwks.json',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['auth'],
        operationId: 'getPublicKeys',
        summary: 'The public keys of access tokens, a JWK set',
        response: { 200: Type.Object({ keys: Type.Array(PublicKey) }) },
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'max-age=60').send(keyFile.current().jwks as never),
  );
};
