// Free ports on loopback, from below the range the kernel hands out for outgoing connections: a broker that is down for a
// while finds its port still free when it comes back.
import { createServer } from 'node:net';

const handedOut = new Set();

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export async function freePort() {
  for (let attempt = 0; attempt < 200; ++attempt) {
    const port = 18_000 + Math.floor(Math.random() * 14_000);
    if (handedOut.has(port)) continue;
    if (await isFree(port)) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error('no free port on loopback between 18000 and 32000');
}
