import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Returns a UDP port that no program has. */
export async function freeUdpPort(): Promise<number> {
  return firstFree(async (port) => {
    const socket = createSocket('udp4').bind(port);
    const isFree = await isListening(socket);
    socket.close();
    return isFree;
  });
}

/** Returns a TCP port of 127.0.0.1 on which no program listens. */
export async function freeTcpPort(): Promise<number> {
  return firstFree(async (port) => {
    const server = createServer().listen(port, '127.0.0.1');
    if (!(await isListening(server))) return false;
    server.close();
    await once(server, 'close');
    return true;
  });
}

/**
 * The ports are above those that Linux gives to sockets without a port of their own. From the range of these, the connection of another
 * test takes the port before the program under test has started.
 */
async function firstFree(isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (;;) {
    const port = randomInt(61_000, 65_536);
    if (await isFree(port)) return port;
  }
}

function isListening(socket: NodeJS.EventEmitter): Promise<boolean> {
  return once(socket, 'listening').then(
    () => true,
    () => false,
  );
}
