/** Builds the image souk/NAME:previous of every service: a build before, on the packages of this build's image. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serviceNames } from '@souk/contracts/services.ts';
import { extractBuild, firstThatDrains } from './previous-build.ts';

const dockerfile = join(import.meta.dirname, '../../../../.ci/images/previous/Dockerfile');

const { folder, remove } = extractBuild(firstThatDrains);
try {
  await Promise.all(
    serviceNames.map((name) => {
      const args = ['--file', dockerfile, '--build-arg', `SERVICE=${name}`, '--tag', `souk/${name}:previous`];
      return promisify(execFile)('docker', ['build', ...args, folder]);
    }),
  );
} finally {
  remove();
}
