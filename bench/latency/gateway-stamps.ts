/**
 * Loaded into a gateway by `node --import`, before the gateway itself: notes when it reads and writes frames and datagrams, when it
 * commits and when its disk has the commit, and writes that to a file as it ends. So the published gateway can be measured as it is.
 */
import { Socket as DatagramSocket } from 'node:dgram';
import fs from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { StatementSync } from 'node:sqlite';
import { stampsFolderVariable } from './stamps-folder.ts';
import type { Stamp, StampKind } from './steps.ts';

const stamps: Stamp[] = [];

function stamp(kind: StampKind): void {
  // CLOCK_MONOTONIC: all processes of the machine share it.
  stamps.push({ kind, atMs: Number(process.hrtime.bigint()) / 1e6 });
}

/** Calls `before` before each call of the method, with the object and the arguments, and `after` after it. */
function notice(
  prototype: object,
  method: string,
  before: (object: unknown, args: readonly unknown[]) => void,
  after: (object: unknown) => void = () => {},
): void {
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== 'function') throw new Error(`there is no method ${method}`);
  Reflect.set(prototype, method, function (this: unknown, ...args: unknown[]): unknown {
    before(this, args);
    const result: unknown = Reflect.apply(original, this, args);
    after(this);
    return result;
  });
}

function isCommit(statement: unknown): boolean {
  return statement instanceof StatementSync && statement.sourceSQL === 'COMMIT';
}

notice(
  fs,
  'fdatasyncSync',
  () => undefined,
  () => stamp('synced'),
);
notice(Socket.prototype, 'push', () => stamp('frame-read'));
notice(Socket.prototype, 'write', () => stamp('frame-written'));
notice(DatagramSocket.prototype, 'send', () => stamp('datagram-sent'));
notice(DatagramSocket.prototype, 'emit', (_socket, [event]) => {
  if (event === 'message') stamp('datagram-read');
});
notice(
  StatementSync.prototype,
  'run',
  (statement) => {
    if (isCommit(statement)) stamp('commit-begins');
  },
  (statement) => {
    if (isCommit(statement)) stamp('committed');
  },
);

const folder = process.env[stampsFolderVariable];
if (folder !== undefined) {
  process.once('exit', () =>
    fs.writeFileSync(path.join(folder, `${process.pid}.json`), JSON.stringify(stamps)),
  );
}
