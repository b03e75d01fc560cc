import { publicKeysFile, rotateSigningKeys } from '@souk/service-kit/access/signing-keys.ts';
import { Command, Option } from 'commander';
import { wholeNumber } from '../client/option-parsers.ts';
import { addKeysOptions, keysFolder } from './auth-command.ts';

const settleSecondsMax = 86_400;

/** `souk keys`: what access tokens are signed with. */
export const keysCommand = (): Command =>
  new Command('keys').description('the keys that access tokens are signed with').addCommand(rotateCommand());

interface RotateOptions {
  settle: number;
  publicKeys?: string;
  keys?: string;
  portBase?: number;
}

const rotateCommand = () =>
  addKeysOptions(
    new Command('rotate')
      .description('add a signing key, and drop those whose tokens have all expired; nothing needs a restart')
      .option(
        '--settle <seconds>',
        'until tokens are signed with it: as long as the services may take to see the new jwks.json',
        wholeNumber(0, settleSecondsMax),
        60,
      )
      .addOption(
        new Option(
          '--public-keys <folder>',
          'where jwks.json goes, which must be there (default: beside the signing keys)',
        ).env('SOUK_PUBLIC_KEYS'),
      ),
  ).action(async ({ settle, publicKeys, ...options }: RotateOptions) => {
    const folder = keysFolder(options);
    const { kid } = await rotateSigningKeys(folder, settle * 1_000, publicKeys);
    console.log(
      `The key ${kid} is in ${publicKeysFile(publicKeys ?? folder)}, and signs in ${settle} s, or now if it is the first.`,
    );
  });
