import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { busAnswersWaitingMax, busMessageBytesMax } from '../../shared/limits.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { busItself, BusConnection, socketPathOf } from './bus-connection.ts';

const listeners = { onSignal: () => undefined, onClosed: () => undefined };

/** Listens as a bus that answers as `behave` says. Returns its address. */
async function busThat(behave: (socket: Socket) => void): Promise<string> {
  const file = path.join(temporaryFolder(), 'bus');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `unix:path=${file}`;
}

/** Answers the authentication, then writes these bytes. */
function greetsAndSays(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write('OK 0123456789abcdef0123456789abcdef\r\n');
      socket.once('data', () => socket.write(bytes));
    });
  };
}

describe('the address of a session bus', () => {
  it.each([
    ['unix:path=/run/user/1000/bus', '/run/user/1000/bus'],
    ['unix:path=/run/user/1000/bus,guid=00112233445566778899aabbccddeeff', '/run/user/1000/bus'],
    ['unix:abstract=/tmp/dbus-x,guid=00', '\0/tmp/dbus-x'],
    ['tcp:host=10.0.0.1,port=1;unix:path=/tmp/a%20b', '/tmp/a b'],
    ['tcp:host=10.0.0.1,port=1', undefined],
    ['unixexec:path=/bin/sh', undefined],
    ['unix:path=', undefined],
    ['unix:path=%zz', undefined],
    ['unix:', undefined],
    ['', undefined],
    ['nonsense', undefined],
  ])('%s leads to the socket %s, and no program is run', (address, socket) => {
    expect(socketPathOf(address)).toBe(socket);
  });
});

describe('a bus', () => {
  it.each([
    ['is not there', (socket: Socket) => socket.destroy()],
    ['refuses the account', (socket: Socket) => socket.write('REJECTED EXTERNAL\r\n')],
    ['greets without an end', (socket: Socket) => socket.write('x'.repeat(5_000))],
    ['says bytes that are no message', greetsAndSays(Buffer.alloc(64, 0xff))],
    ['begins a message that is too long', greetsAndSays(headerOf(busMessageBytesMax))],
    ['says a message with a broken signature', greetsAndSays(signalWith('(((('))],
  ])('that %s is no bus, and nothing throws', async (_what, behave) => {
    expect(await BusConnection.open(await busThat(behave), listeners)).toBeUndefined();
  });

  it('without a socket is no bus', async () => {
    const address = `unix:path=${path.join(temporaryFolder(), 'nothing')}`;
    expect(await BusConnection.open(address, listeners)).toBeUndefined();
    expect(await BusConnection.open('tcp:host=127.0.0.1,port=9', listeners)).toBeUndefined();
  });

  it('that goes away answers what waits, and says once that it is closed', async () => {
    let connection: Socket | undefined;
    const address = await busThat((socket) => {
      connection = socket;
      greetsAndSays(answerTo(1))(socket);
    });
    let closed = 0;
    const bus = await BusConnection.open(address, { ...listeners, onClosed: () => closed++ });
    const waiting = Array.from({ length: busAnswersWaitingMax }, () =>
      bus!.call({ ...busItself, member: 'GetId' }),
    );
    expect(await bus!.call({ ...busItself, member: 'GetId' })).toBeUndefined();
    connection?.destroy();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
    expect(closed).toBe(1);
    expect(await bus!.call({ ...busItself, member: 'GetId' })).toBeUndefined();
  });
});

/** The fixed part of a header in front of a body of so many bytes. */
function headerOf(bodyBytes: number): Buffer {
  const header = Buffer.from([0x6c, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0]);
  header.writeUInt32LE(bodyBytes, 4);
  return header;
}

/** A method return to the call with this serial, without a body. */
function answerTo(serial: number): Buffer {
  const field = Buffer.from([5, 1, 0x75, 0, 0, 0, 0, 0]);
  field.writeUInt32LE(serial, 4);
  return Buffer.concat([headerOf(0), field]);
}

function signalWith(signature: string): Buffer {
  const field = Buffer.from([8, 1, 0x67, 0, signature.length, ...Buffer.from(signature), 0]);
  const header = headerOf(4);
  header[1] = 4;
  header.writeUInt32LE(field.length, 12);
  return Buffer.concat([header, field, Buffer.alloc(Math.ceil(field.length / 8) * 8 - field.length + 4)]);
}
