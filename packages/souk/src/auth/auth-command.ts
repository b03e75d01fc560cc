import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Role, roles, scopes } from '@souk/contracts/access.ts';
import { accessTokenSeconds, createSigner, signingKeysFile } from '@souk/service-kit/access/signing-keys.ts';
import { Argument, Command, Option } from 'commander';
import { portBase } from '../client/option-parsers.ts';
import { type DatabaseOptions, databaseUrlOf } from '../client/service-database.ts';
import { defaultPortBase, stateFolder } from '../root.ts';
import { grantRoles } from './grant.ts';

interface KeysOptions {
  keys?: string;
  portBase?: number;
}

export const addKeysOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--keys <folder>',
        'where the signing keys are (default: those of the mesh of this checkout)',
      ).env('SOUK_KEYS'),
    )
    .option('--port-base <port>', 'of that mesh: the port of its user service', portBase);

export const keysFolder = (options: KeysOptions): string =>
  options.keys ?? join(stateFolder(options.portBase ?? defaultPortBase), 'keys');

/** `souk auth`: who may do what. */
export const authCommand = (): Command =>
  new Command('auth')
    .description('roles of accounts, and access tokens for trying things out')
    .addCommand(grantCommand())
    .addCommand(tokenCommand());

const grantCommand = () =>
  new Command('grant')
    .description('give an account exactly these roles; its sessions end, and its access tokens are revoked')
    .argument('<email>', 'of the account')
    .addArgument(new Argument('<roles...>', roles.join(', ')).choices(roles))
    .option('--database-url <url>', 'of the user service’s own role (or DATABASE_URL)')
    .option('--port-base <port>', 'of a mesh of this checkout', portBase)
    .action(async (email: string, given: Role[], options: DatabaseOptions) => {
      const granted = await grantRoles(databaseUrlOf('user', options), email, given);
      console.log(`${email} is ${granted.join(', ')}, from the next log-in on.`);
    });

const tokenCommand = () =>
  addKeysOptions(
    new Command('token')
      .description(`print an access token, which is valid for ${accessTokenSeconds / 60} minutes`)
      .addOption(new Option('--role <role...>', 'what its holder is').choices(roles))
      .addOption(new Option('--scope <scope...>', 'what a machine may do with it').choices(scopes))
      .option('--user <id>', 'whose it is (default: nobody’s)')
      .option('--issuer <name>', 'AUTH_ISSUER of the services', 'souk')
      .option('--audience <name>', 'AUTH_AUDIENCE of the services', 'souk'),
  ).action(async ({ role, scope, user, issuer, audience, ...options }: TokenOptions) => {
    const signer = createSigner({ file: signingKeysFile(keysFolder(options)), issuer, audience });
    const subject = user ?? randomUUID();
    const claims = { subject, clientId: 'souk-command', roles: role ?? [], scopes: scope ?? [] };
    console.log(await signer.sign(claims).catch(explainMissing));
  });

interface TokenOptions extends KeysOptions {
  role?: string[];
  scope?: string[];
  user?: string;
  issuer: string;
  audience: string;
}

const explainMissing = (error: NodeJS.ErrnoException): never => {
  if (error.code !== 'ENOENT') throw error;
  throw new Error('there are no signing keys: npm start makes some, and so does souk keys rotate', {
    cause: error,
  });
};
