import { rmSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type NetConnectOpts } from 'node:net';

/**
 * `tcp-bridge.ts <from> <to>`: takes connections at one place and passes their bytes on to another, in the network namespace in which it runs. A
 * place is `host:port`, or the path of a socket, which all namespaces share.
 */
const [from = '', to = ''] = process.argv.slice(2);

const server = createServer((client) => {
  const other = connect(placeOf(to));
  client.pipe(other);
  other.pipe(client);
  client.on('error', () => other.destroy());
  other.on('error', () => client.destroy());
  client.on('close', () => other.destroy());
  other.on('close', () => client.destroy());
});
if (!from.includes(':')) rmSync(from, { force: true });
server.listen(placeOf(from), () => process.stdout.write('ready\n'));
// It ends with the test that started it.
process.stdin.on('end', () => process.exit(0)).resume();

function placeOf(text: string): NetConnectOpts & ListenOptions {
  const at = text.lastIndexOf(':');
  return at < 0 ? { path: text } : { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}
