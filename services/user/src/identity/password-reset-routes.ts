import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { emailLengthMax, newPassword } from '../accounts/account-schemas.ts';
import { clientGone } from '../client-gone.ts';
import { type PasswordResets, resetMinutes } from './password-resets.ts';

const tags = ['auth'];
const path = '/api/v1/auth/password-reset';
/** Whoever has forgotten the password has no token. */
const config = { access: 'anyone', limit: 'login' } as const;

const Asked = Type.Object(
  { email: Type.String({ minLength: 1, maxLength: emailLengthMax }) },
  { additionalProperties: false },
);
const Accepted = Type.Object(
  { status: Type.Literal('accepted') },
  { description: 'sent, if an account has the e-mail' },
);
const Confirmed = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 200 }), password: newPassword },
  { additionalProperties: false },
);

/** Replaces a forgotten password, in two steps. */
export const passwordResetRoutes = (http: Http, resets: PasswordResets): void => {
  http.post(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'askForNewPassword',
        summary: 'Have a token for a new password sent by e-mail',
        description: 'The answer is the same, and as fast, whoever has the e-mail.',
        body: Asked,
        response: { 202: Accepted },
      },
    },
    async ({ body }, reply) => {
      resets.ask(body.email);
      return reply.code(202).send({ status: 'accepted' as const });
    },
  );
  http.post(
    `${path}/confirm`,
    {
      config,
      schema: {
        tags,
        operationId: 'setNewPassword',
        summary: 'Replace a forgotten password',
        description: `The token is good once, for ${resetMinutes} minutes. Every session of the user ends.`,
        body: Confirmed,
        response: { 204: Type.Null({ description: 'replaced' }) },
      },
    },
    async ({ body }, reply) => {
      await resets.confirm(body, clientGone(reply));
      return reply.code(204).send(null);
    },
  );
};
