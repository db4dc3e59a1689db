import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';
import { isLoopback } from '../../shared/address.ts';

/** Both ends of a TCP connection, as the listening side sees them. */
export interface ConnectionEnds {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/**
 * The account of the program at the other end. Root counts as `own`: it can read and do everything anyway. `unknown`: the
 * system does not say, for example because the program is on another machine.
 */
export type PeerAccount = 'own' | 'other' | 'unknown';

export interface AccountTables {
  readonly ownUid: number;
  /** The number that the kernel shows for accounts outside of this user namespace. Null if all accounts are inside. */
  readonly unmappedUid: number | null;
  /** Returns /proc/net/tcp and /proc/net/tcp6, one after the other. */
  readonly read: () => Promise<string>;
}

/**
 * Finds the account of the programs that connect from this machine. The kernel's table has a row for each socket, with the
 * account that made it. One read runs at a time, and serves all connections that wait: so many connections cost no
 * more than one.
 */
export class PeerAccounts {
  readonly #tables: AccountTables;
  #running: Promise<string> | undefined;
  #next: Promise<string> | undefined;

  constructor(tables: AccountTables) {
    this.#tables = tables;
  }

  async accountOf(ends: ConnectionEnds): Promise<PeerAccount> {
    const row = peerRow(ends);
    if (row === undefined) return 'unknown';
    // Rows that come and go while the kernel writes the table can hide another row. A second read finds it.
    return (await this.#find(row)) ?? (await this.#find(row)) ?? 'unknown';
  }

  async #find(row: RegExp): Promise<PeerAccount | undefined> {
    const [, uidText, inode] = row.exec(await this.#read()) ?? [];
    if (uidText === undefined) return undefined;
    const uid = Number(uidText);
    const { ownUid, unmappedUid } = this.#tables;
    if (uid === unmappedUid && uid !== ownUid) return 'unknown';
    // A closed socket has no inode any longer, and the kernel shows it as a socket of root.
    if (inode === '0') return 'other';
    return uid === ownUid || uid === 0 ? 'own' : 'other';
  }

  /** Returns a table that was read after the call. A read that runs already may have passed the row. */
  #read(): Promise<string> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<string> {
    this.#next = undefined;
    const running = this.#tables.read().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}

/** Returns undefined where the system has no such table: only Linux has one. */
export function systemPeerAccounts(): PeerAccounts | undefined {
  const ownUid = process.geteuid?.();
  if (process.platform !== 'linux' || ownUid === undefined) return undefined;
  return new PeerAccounts({
    ownUid,
    unmappedUid: hasAllAccounts() ? null : 65_534,
    read: async () => {
      const tables = await Promise.all([textIn('/proc/net/tcp'), textIn('/proc/net/tcp6')]);
      return tables.join('');
    },
  });
}

/** Whether this process is in the first user namespace, which has all accounts. */
function hasAllAccounts(): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/u.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}

/** A table that is not there has no rows: a machine without IPv6, or a sandbox without /proc. */
async function textIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch {
    return '';
  }
}

/** Matches the row of the socket at the other end of a loopback connection. Its groups are the uid and the inode. */
function peerRow({ remoteAddress, remotePort, localAddress, localPort }: ConnectionEnds): RegExp | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (!isLoopback(withoutMapping(remoteAddress))) return undefined;
  const from = `(?:${formsOf(remoteAddress).join('|')}):${hex(remotePort, 4)}`;
  const to = `(?:${formsOf(localAddress).join('|')}):${hex(localPort, 4)}`;
  // sl local remote state queues timer retransmits uid timeout inode
  return new RegExp(`^ *\\d+: ${from} ${to} [0-9A-F]+ \\S+ \\S+ [0-9A-F]+ +(\\d+) +\\d+ (\\d+)`, 'mu');
}

/** An IPv4 address as both tables write it: a socket of IPv6 can reach it, too. */
function formsOf(address: string): string[] {
  const plain = withoutMapping(address);
  if (!isIPv4(plain)) return [words(bytesOfIPv6(plain))];
  const bytes = plain.split('.').map(Number);
  return [words(bytes), words([...Array<number>(10).fill(0), 0xff, 0xff, ...bytes])];
}

function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/u, '').replace(/%.*$/u, '');
}

/** Words of 32 bits in the byte order of the machine, as the kernel prints them. */
function words(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (endianness() === 'LE') word.reverse();
    text += word.map((byte) => hex(byte, 2)).join('');
  }
  return text;
}

function bytesOfIPv6(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
