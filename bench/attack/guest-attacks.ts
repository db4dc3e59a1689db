import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { uuidv7 } from 'uuidv7';
import { WebSocket } from 'ws';
import { ScriptedGuest } from '../../gateway/system-tests/scripted-guest.ts';
import { noiseMessageBytesMax } from '../../shared/guests/parts.ts';
import { guestSocketPath } from '../../shared/guests/paths.ts';
import { guestKeysOf } from '../../web/src/guest/noise.ts';
import { PageChannel } from '../../web/src/guest/page-channel.ts';

/** The gateway that takes guests. */
export interface Victim {
  readonly host: string;
  readonly port: number;
  /** What guests scan. Only some attackers have it. */
  readonly link: string;
}

/** One thing that an attacker does again and again, many at a time. */
export interface GuestAttack {
  readonly name: string;
  readonly what: string;
  /** So many run side by side. */
  readonly width: number;
  /** `from`: one of the addresses of the attacker. Ends by itself, or soon after `stop`. Returns how often it did it, if not once. */
  run(victim: Victim, from: string, stop: AbortSignal): Promise<number | undefined>;
}

const silence = (): void => undefined;
const random = (byteCount: number): Uint8Array => new Uint8Array(randomBytes(byteCount));

/** A request that a browser would send. */
const requestOf = ({ host, port }: Victim, place: string): string =>
  `GET ${place} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;

export const guestAttacks: readonly GuestAttack[] = [
  { name: 'none', what: 'does nothing', width: 1, run: (_victim, _from, stop) => stopped(stop) },
  {
    name: 'connections',
    what: 'opens connections, sends nothing, and opens others when they are closed',
    width: 1_000,
    run: (victim, from, stop) => raw(victim, from, stop, silence),
  },
  {
    name: 'half-open',
    what: 'sends the headers of a request byte by byte on 1,000 connections',
    width: 1_000,
    run: (victim, from, stop) =>
      raw(victim, from, stop, (socket) => {
        socket.write('GET / HTTP/1.1\r\n');
        const timer = setInterval(() => socket.write('a'), 500);
        socket.once('close', () => clearInterval(timer));
      }),
  },
  {
    name: 'requests',
    what: 'asks for the page again and again on 64 connections',
    width: 64,
    run: (victim, from, stop) =>
      raw(victim, from, stop, (socket) => {
        socket.write(requestOf(victim, '/'));
        socket.on('data', () => socket.write(requestOf(victim, '/')));
      }),
  },
  {
    name: 'packed requests',
    what: 'sends 5,000 requests in one go',
    width: 32,
    run: (victim, from, stop) =>
      raw(victim, from, stop, (socket) => socket.write(requestOf(victim, '/x').repeat(5_000))),
  },
  {
    name: 'garbage',
    what: 'sends 64 KiB of random bytes',
    width: 32,
    run: (victim, from, stop) => raw(victim, from, stop, (socket) => socket.write(randomBytes(65_536))),
  },
  {
    name: 'sockets',
    what: 'holds 1,000 WebSockets that say nothing, and opens others when they are closed',
    width: 1_000,
    run: (victim, from, stop) => page(victim, from, stop, silence),
  },
  {
    name: 'huge frames',
    what: 'sends messages of 16 MiB, and one that says it has 1 GiB',
    width: 16,
    run: (victim, from, stop) =>
      page(victim, from, stop, (socket) => socket.send(Buffer.alloc(16 * 1024 * 1024))),
  },
  {
    name: 'pings',
    what: 'sends pings as fast as it can, and reads no pong',
    width: 16,
    run: (victim, from, stop) =>
      page(victim, from, stop, (socket) => {
        socket.pause();
        const timer = setInterval(() => {
          for (let count = 0; count < 1_000 && socket.bufferedAmount < 1_048_576; count++) socket.ping();
        }, 1);
        socket.once('close', () => clearInterval(timer));
      }),
  },
  {
    name: 'handshakes',
    what: 'begins handshakes without a link, and ends each with a forged message',
    width: 64,
    run: (victim, from, stop) =>
      page(victim, from, stop, (socket) => {
        socket.send(firstMessage);
        socket.once('message', () => socket.send(randomBytes(200)));
      }),
  },
  {
    name: 'wrong secrets',
    what: 'begins handshakes with a secret that is not the one of the link',
    width: 64,
    run: (victim, from, stop) => page(victim, from, stop, (socket) => socket.send(wrongSecret)),
  },
  {
    name: 'visitors',
    what: 'finishes handshakes without a link, each with another key, and waits',
    width: 8,
    run: (victim, _from, stop) => visit(victim, stop),
  },
  {
    name: 'a guest',
    what: 'comes in by the link, and gives commands as fast as it can, also those of the owner',
    width: 1,
    run: (victim, _from, stop) => talk(victim, stop),
  },
  {
    name: 'forged frames',
    what: 'comes in by the link again and again, and sends a message that no key has sealed',
    width: 4,
    run: (victim, _from, stop) => forge(victim, stop),
  },
];

/** Both are the same each time: to make a new one would cost the attacker more than the gateway. */
const firstMessage = openingOf(undefined);
const wrongSecret = openingOf(random(32));

function openingOf(secret: Uint8Array | undefined): Uint8Array {
  const link = { secret: secret ?? random(32), gatewayKeyHash: random(16) };
  return new PageChannel({
    keys: guestKeysOf(random(32)),
    request: { want: 'chat', name: 'mallory' },
    entrance: secret === undefined ? { type: 'address' } : { type: 'link', link },
    random,
  }).opening;
}

async function raw(
  { host, port }: Victim,
  from: string,
  stop: AbortSignal,
  begin: (socket: Socket) => void,
): Promise<undefined> {
  const socket = connect({ host, port, localAddress: from });
  socket.on('error', silence);
  socket.on('connect', () => begin(socket));
  socket.resume();
  await closed(socket, stop, () => socket.destroy());
}

async function page(
  { host, port }: Victim,
  from: string,
  stop: AbortSignal,
  begin: (socket: WebSocket) => void,
): Promise<undefined> {
  const options = { origin: `http://${host}:${port}`, localAddress: from, perMessageDeflate: false };
  const socket = new WebSocket(`ws://${host}:${port}${guestSocketPath}`, options);
  socket.on('error', silence);
  socket.on('open', () => begin(socket));
  await closed(socket, stop, () => socket.terminate());
}

/** A visitor without a link: the host sees it wait. */
async function visit({ host, port }: Victim, stop: AbortSignal): Promise<undefined> {
  const visitor = new ScriptedGuest(`http://${host}:${port}`, `m${uuidv7().slice(-8)}`);
  for (let waits = 0; waits < 20 && !stop.aborted && visitor.ended === undefined; waits++) await pause(50);
  visitor.close();
}

async function talk({ link }: Victim, stop: AbortSignal): Promise<number> {
  let commands = 0;
  const guest = new ScriptedGuest(link, 'mallory');
  for (let waits = 0; waits < 100 && !guest.isAdmitted; waits++) await pause(50);
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (!stop.aborted && guest.ended === undefined) {
        await Promise.race([guest.execute({ type: 'new-link' }), stopped(stop)]);
        await Promise.race([guest.execute({ type: 'take-guests', on: false }), stopped(stop)]);
        await Promise.race([guest.execute({ type: 'blocked-keys' }), stopped(stop)]);
        commands += 3;
      }
    }),
  );
  guest.close();
  return commands;
}

async function forge({ link }: Victim, stop: AbortSignal): Promise<undefined> {
  const guest = new ScriptedGuest(link, 'eve', forgersKeys);
  for (let waits = 0; waits < 100 && !guest.isAdmitted && guest.ended === undefined; waits++) await pause(20);
  guest.sendBytes(randomBytes(noiseMessageBytesMax));
  for (let waits = 0; waits < 100 && guest.ended === undefined && !stop.aborted; waits++) await pause(20);
  guest.close();
}

/** One guest that comes back, so that it takes one place. */
const forgersKeys = guestKeysOf(random(32));

async function closed(socket: Socket | WebSocket, stop: AbortSignal, end: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  socket.once('close', () => resolve(undefined));
  stop.addEventListener('abort', end, { once: true });
  await promise;
  stop.removeEventListener('abort', end);
}

async function stopped(stop: AbortSignal): Promise<undefined> {
  if (!stop.aborted) await once(stop, 'abort');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
