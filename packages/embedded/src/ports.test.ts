import { expect, test } from 'vitest';
import { claimIfFree, freePort, freePorts, isPortFree } from './ports.ts';

test('ports given out once are not given out again, whoever asks at the same moment', async () => {
  const firsts = await Promise.all(Array.from({ length: 50 }, () => freePorts(4)));
  const ports = firsts.flatMap((first) => [first, first + 1, first + 2, first + 3]);
  expect(new Set(ports).size).toBe(200);
  expect(await claimIfFree(ports[0] as number)).toBe(process.platform !== 'linux');
});

test('a port of an address that is not of this machine is not called taken', async () => {
  await expect(isPortFree(await freePort(), '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
});
