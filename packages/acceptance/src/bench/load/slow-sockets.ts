import { once } from 'node:events';
import { connect } from 'node:net';

const waveSize = 100;
/** What a client sends that never ends its request's head. */
const starts = ['', 'GET /live HTTP/1.1\r\n', 'POST /x HTTP/1.1\r\nHost: x\r\nX-'];

/** Opens so many connections that never send a whole request; gives the seconds until the server has ended all. */
export const slowSockets = async (url: string, count: number): Promise<number> => {
  const port = Number(new URL(url).port);
  const ends: Promise<unknown>[] = [];
  // In waves smaller than the queue of the listening socket: the kernel forgets what does not fit, and tells no client.
  for (let opened = 0; opened < count; opened += waveSize)
    await Promise.all(
      Array.from({ length: waveSize }, async (_, index) => {
        const socket = connect(port, '127.0.0.1').resume();
        const end = new Promise((resolve) => socket.on('close', resolve));
        ends.push(end);
        socket.on('error', () => undefined).write(starts[index % starts.length] as string);
        await Promise.race([once(socket, 'connect'), end]);
      }),
    );
  const openedAt = performance.now();
  await Promise.all(ends);
  return (performance.now() - openedAt) / 1_000;
};
