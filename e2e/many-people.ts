import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { node, type Gateways, type ServerGateway } from './gateways.ts';

const program = fileURLToPath(new URL('fill-server.ts', import.meta.url));

/** Ends a server, writes so many registered people into its database, and starts it again. They are offline. */
export async function withManyPeople(
  gateways: Gateways,
  server: ServerGateway,
  count: number,
  names: 'plain' | 'hostile',
): Promise<ServerGateway> {
  await server.kill('SIGTERM');
  const database = path.join(server.start.dataFolder, 'servers', String(server.port), 'server.sqlite');
  execFileSync(node, [program, database, String(count), names]);
  return Object.assign(await gateways.again(server), { port: server.port });
}
