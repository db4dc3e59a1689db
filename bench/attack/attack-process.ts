import { createSocket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { newIdentity } from '../../gateway/crypto/identity.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import {
  attackKinds,
  Crew,
  registeredKeys,
  type AttackScene,
} from '../../gateway/simulation/attacks/attack-kinds.ts';
import type { AttackLan } from '../../gateway/simulation/attacks/attacker.ts';
import { noAttack } from './no-attack.ts';

/** What attack.ts tells this process, as its one argument, in JSON. */
export interface AttackOrder extends Pick<AttackScene, 'keys' | 'server' | 'recipients'> {
  readonly name: string;
  readonly seconds: number;
}
/** This process says when it is ready, begins when it is told to, and says how much it did at the end. */
export type AttackReport =
  { readonly type: 'ready' } | { readonly type: 'done'; readonly done: number; readonly seconds: number };

const tickMs = 2;
const enlistedWithinMs = 20_000;

const order = JSON.parse(process.argv[2] ?? '') as AttackOrder;
const lan: AttackLan = {
  nowMs: () => performance.now(),
  random: secureRandom,
  open(address, handle) {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 4 * 1024 * 1024,
      lookup: (literal, _options, callback) => callback(null, literal, 4),
    });
    socket.on('error', () => undefined);
    socket.on('message', (message) =>
      handle(new Uint8Array(message.buffer, message.byteOffset, message.length)),
    );
    // All of 127.0.0.0/8 is this machine, so the attacker has as many addresses as it likes.
    socket.bind(0, `127.0.0.${101 + address}`);
    return { send: (to, bytes) => socket.send(bytes, to.port, to.host, () => undefined) };
  },
};

const kind = [noAttack, ...attackKinds].find(({ name }) => name === order.name);
if (kind === undefined) throw new Error(`there is no attack ${order.name}`);
const { keys, server, recipients } = order;
const crew = new Crew(
  {
    lan,
    keys,
    server,
    recipients,
    client: null,
    bystander: '127.0.0.250',
    newIdentity: () => newIdentity(secureRandom),
  },
  kind,
);
if (keys === 'registered') {
  crew.enlist();
  for (let startMs = performance.now(); crew.registered < registeredKeys;) {
    if (performance.now() > startMs + enlistedWithinMs) throw new Error('the attackers cannot register');
    crew.tick(performance.now());
    await delay(tickMs);
  }
}
send({ type: 'ready' });
await new Promise((resolve) => process.once('message', resolve));

const attack = kind.begin(crew);
const startMs = performance.now();
while (performance.now() < startMs + order.seconds * 1_000) {
  crew.tick(performance.now());
  attack.tick(performance.now());
  await delay(tickMs);
}
send({ type: 'done', done: attack.done, seconds: (performance.now() - startMs) / 1_000 });
// It stays, silent, and holds what it has got.
setInterval(() => undefined, 1_000);

function send(report: AttackReport): void {
  process.send?.(report);
}
