import { expect, it } from 'vitest';
import { newIdentity } from '../crypto/identity.ts';
import { secureRandom } from '../net/random.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import type { Role, TurnStore } from '../turn/role.ts';
import type { EndpointAction } from '../transport/events.ts';
import { LaterSync } from './later-sync.ts';
import { RunningRole } from './running-role.ts';

/** A role that only does what a test tells it. */
class ToldRole implements Role<never> {
  readonly actions: EndpointAction[] = [];

  handleEvent(): void {}
  handleTimeout(): void {}
  resetFromStore(): void {}

  pollTimeout(): undefined {
    return undefined;
  }

  pollAction(): EndpointAction | undefined {
    return this.actions.shift();
  }

  pollChange(): undefined {
    return undefined;
  }
}

const store: TurnStore = {
  begin: () => undefined,
  savepoint: (input) => input(),
  commit: () => undefined,
  sync: () => undefined,
  erase: () => true,
};

it('closes its socket only after the disk has let its last datagrams pass', async () => {
  const [socket, peer] = [await openSocket(), await openSocket()];
  const arrived = new Promise<number>(
    (resolve) => (peer.onDatagram = (_from, bytes) => resolve(bytes.length)),
  );
  const sync = Promise.withResolvers<undefined>();
  const running = new RunningRole<never, ToldRole>({
    name: 'client',
    diagnostics: undefined,
    socket,
    identity: newIdentity(secureRandom),
    role: new ToldRole(),
    store,
    lab: null,
    laterSync: new LaterSync({ syncLater: () => sync.promise }),
    profileOf: () => 'normal',
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  const candidates = [{ host: '127.0.0.1', port: peer.port }];
  running.command(({ actions }) => actions.push({ type: 'dial', dial: 'd', candidates, expected: null }));
  const closing = running.close();
  sync.resolve(undefined);
  await closing;
  expect(await arrived).toBeGreaterThan(0);
  await peer.close();
});

function openSocket(): Promise<UdpSocket> {
  return UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
}
