import { createSocket } from 'node:dgram';
import {
  decodeDiscovery,
  discoveryGroups,
  discoveryPort,
  encodeQuery,
  signedBytesOf,
  withSignature,
  type Beacon,
} from '../../shared/discovery/datagrams.ts';
import { newIdentity } from '../crypto/identity.ts';
import { signerOf } from '../crypto/signer.ts';
import { secureRandom } from '../net/random.ts';
import { fromHex, toHex } from '../../shared/ids.ts';

/**
 * A program on a machine of the lab that speaks discovery as no gateway does. It prints one JSON line for each thing that a test counts.
 *
 *     hosts <address> ...   answers as many hosts, one at each address, in place of whole gateways
 *     attack <address>      answers from this address with forged beacons, and repeats those that it has heard
 *     ask <address> <ms>    asks 20 times a second from this address, and prints each answer
 *     watch <address>       prints each query that comes to all
 */
const [mode = '', ...words] = process.argv.slice(2);

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A server that is not there. */
class Host {
  readonly #identity = newIdentity(secureRandom);
  readonly #signer = signerOf(this.#identity);
  readonly #name: string;
  #number = Date.now();

  constructor(name: string) {
    this.#name = name;
  }

  answer(nonce: string): Uint8Array {
    const beacon: Beacon = {
      type: 'beacon',
      nonce,
      number: this.#number++,
      key: this.#identity.key,
      port: 50_000,
      needsCode: false,
      versions: [3],
      name: this.#name,
      addresses: [],
    };
    const signed = signedBytesOf(beacon);
    return withSignature(signed, this.#signer.sign('beacon', signed));
  }
}

/** Hears what is sent to all, by the interface with this address. */
function listen(
  address: string,
  onQuery: (nonce: string, from: { address: string; port: number }) => void,
): void {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => {
    const decoded = decodeDiscovery(new Uint8Array(bytes));
    if (decoded.type === 'query') onQuery(decoded.query.nonce, from);
  });
  socket.bind(discoveryPort, () => {
    socket.addMembership(discoveryGroups.ipv4, address);
    print({ ready: true });
  });
}

function hosts(addresses: readonly string[]): void {
  const all = addresses.map((address, index) => {
    const socket = createSocket('udp4');
    socket.bind({ address, port: 0 });
    return { socket, host: new Host(`host ${index}`) };
  });
  listen(addresses[0] ?? '', (nonce, from) => {
    for (const { socket, host } of all) socket.send(host.answer(nonce), from.port, from.address);
  });
}

function attack(address: string): void {
  const socket = createSocket('udp4');
  const recorded: Uint8Array[] = [];
  const forger = new Host('forged');
  // It asks as any asker does, and so gets genuine beacons with its own nonces.
  socket.on('message', (bytes) => recorded.push(new Uint8Array(bytes)));
  socket.bind({ address, port: 0 }, () => {
    socket.setMulticastInterface(address);
    setInterval(() => {
      const query = encodeQuery({ type: 'query', nonce: toHex(secureRandom(16)) });
      socket.send(query, discoveryPort, discoveryGroups.ipv4);
    }, 1_000);
  });
  let sent = 0;
  listen(address, (nonce, from) => {
    if (from.address === address) return;
    const randomSignature = forger.answer(nonce);
    randomSignature.set(secureRandom(64), randomSignature.length - 64);
    const changedPort = forger.answer(nonce);
    changedPort[61] = (changedPort[61] ?? 0) ^ 1;
    const otherNonce = forger.answer(toHex(secureRandom(16)));
    // Genuine beacons with the nonce of this query in place of their own.
    const renamed = recorded.map((bytes) => {
      const changed = Uint8Array.from(bytes);
      changed.set(fromHex(nonce), 4);
      return changed;
    });
    for (const bytes of [randomSignature, changedPort, otherNonce, ...recorded, ...renamed].slice(-24)) {
      socket.send(bytes, from.port, from.address);
      sent++;
    }
    print({ sent, recorded: recorded.length });
  });
}

function ask(address: string, forMs: number): void {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const decoded = decodeDiscovery(new Uint8Array(bytes));
    if (decoded.type === 'answer')
      print({ atMs: performance.now(), from: from.address, type: decoded.answer.type });
  });
  socket.bind({ address, port: 0 }, () => {
    socket.setMulticastInterface(address);
    print({ ready: true });
    setInterval(() => {
      const query = encodeQuery({ type: 'query', nonce: toHex(secureRandom(16)) });
      socket.send(query, discoveryPort, discoveryGroups.ipv4);
    }, 50);
    setTimeout(() => {
      print({ end: true });
      process.exit(0);
    }, forMs);
  });
}

function watch(address: string): void {
  listen(address, (_nonce, from) => print({ atMs: performance.now(), from: from.address }));
}

const modes: Readonly<Record<string, (words: readonly string[]) => void>> = {
  hosts,
  attack: ([address = '']) => attack(address),
  ask: ([address = '', forMs = '']) => ask(address, Number(forMs)),
  watch: ([address = '']) => watch(address),
};
modes[mode]?.(words);
