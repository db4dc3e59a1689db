import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Returns a free UDP port above those that Linux gives to sockets without a port of their own, so that none takes it first. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = randomInt(61_000, 65_536);
    const socket = createSocket('udp4').bind(port);
    const isFree = await once(socket, 'listening').then(
      () => true,
      () => false,
    );
    socket.close();
    if (isFree) return port;
  }
}

/** Returns a TCP port of 127.0.0.1 on which no program listens. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
