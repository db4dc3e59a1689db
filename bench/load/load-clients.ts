import { setTimeout as delay } from 'node:timers/promises';
import { installationIdFromBytes } from '../../shared/ids.ts';
import { Client } from '../../gateway/client/client.ts';
import type { ClientEvent } from '../../gateway/client/client-event.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import { UdpSocket } from '../../gateway/net/udp-socket.ts';
import { keyPairOf } from '../../gateway/crypto/crypto.ts';
import { fingerprintOf } from '../../gateway/crypto/fingerprint.ts';
import { proveJoinCode } from '../../gateway/crypto/join-proof.ts';
import { isSigningKeyOf, newIdentity, signingKeyOf } from '../../gateway/crypto/identity.ts';
import { sha256 } from '../../gateway/crypto/sha256.ts';
import { signerOf } from '../../gateway/crypto/signer.ts';
import { RunningRole } from '../../gateway/runtime/running-role.ts';
import { openClientStore } from '../../gateway/store/sqlite/client/client-store.ts';

/** What a process with many clients reports to its parent, ten times a second. */
export interface ClientsReport {
  readonly online: number;
}

/** Run as a process: `<number> <how many clients> <the server's port on loopback>`. */
const [number = '', count = '', port = ''] = process.argv.slice(2);
const server = { host: '127.0.0.1', port: Number(port) };
const roles: Client[] = [];
for (let index = 0; index < Number(count); index++) {
  roles.push(await openClient(`person-${number}-${index}`));
  // The time to join is not measured.
  if (index % 20 === 0) await delay(50);
}
setInterval(() => {
  const online = roles.filter((role) => role.session().phase === 'online').length;
  process.send?.({ online } satisfies ClientsReport);
}, 100);

async function openClient(nickname: string): Promise<Client> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  const identity = newIdentity(secureRandom);
  const store = openClientStore();
  const role = new Client({
    proveJoinCode,
    store,
    identity,
    isSigningKeyOf,
    signingKeyOf,
    sha256,
    signer: signerOf(identity),
    publicKeyOf: (secretKey) => keyPairOf(secretKey).publicKey,
    installation: installationIdFromBytes(secureRandom(8)),
    nickname,
    fingerprintOf,
    server: { address: server },
    interfaces: () => [],
    candidates: () => [],
    random: secureRandom,
    grease: null,
  });
  const running = new RunningRole<ClientEvent, Client>({
    name: 'client',
    diagnostics: undefined,
    socket,
    identity,
    role,
    store,
    lab: null,
    profileOf: () => 'normal',
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  running.command((client, now) => client.register(now));
  return role;
}
