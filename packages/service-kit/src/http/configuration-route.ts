import { Type } from '@souk/contracts/typebox.ts';
import { operators } from '../access/access.ts';
import type { ShownSetting } from '../config/shown-settings.ts';
import type { Http } from './http.ts';

const Settings = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
        description: 'null for a secret; of an address without its password',
      }),
    }),
  ),
});

/** What the process was started with, for operators. */
export const configurationRoute = (http: Http, settings: readonly ShownSetting[]): void => {
  http.get(
    '/api/v1/configuration',
    {
      config: { access: operators },
      schema: {
        tags: ['operations'],
        operationId: 'getConfiguration',
        summary: 'What the service was started with: every variable, secrets hidden',
        response: { 200: Settings },
      },
    },
    async () => ({ items: [...settings] }),
  );
};
