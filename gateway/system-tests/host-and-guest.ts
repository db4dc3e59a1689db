/**
 * `node gateway/system-tests/host-and-guest.ts <data folder> <port>`: runs a client of alice, and one of bob, who is alice's guest, at the server at
 * this port, until its input ends. A process of its own, because Playwright may run on a Node without SQLite.
 */
import path from 'node:path';
import type { RunningClient } from '../control/ports.ts';
import { startClient } from '../runtime/running-client.ts';

const [dataFolder = '', port = ''] = process.argv.slice(2);

/** Resolves when the client is online. */
async function online(nickname: string, host?: RunningClient): Promise<RunningClient> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const running = await startClient(
    {
      nickname,
      server: { address: { host: '127.0.0.1', port: Number(port) } },
      clientPort: 0,
      hosted: false,
      keepTrying: true,
      ...(host === undefined ? {} : { host: host.client }),
    },
    {
      dataRoot: path.join(dataFolder, nickname),
      lab: null,
      profile: 'normal',
      url: () => null,
      onChange: (change) => {
        if (change.type === 'session' && change.session.phase === 'online') resolve(undefined);
      },
      onFault: (error) => {
        throw error;
      },
    },
  );
  running.command((role, now) => {
    role.register(now);
  });
  await promise;
  return running;
}

const alice = await online('alice');
const bob = await online('bob', alice);
process.stdin.resume();
process.stdin.once('end', () => {
  void bob.close({ forget: false }).then(() => alice.close({ forget: false }));
});
