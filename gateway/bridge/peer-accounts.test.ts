import { describe, expect, it } from 'vitest';
import { PeerAccounts, type ConnectionEnds, type PeerAccount } from './peer-accounts.ts';

const heading =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const listening =
  '   0: 0100007F:13BA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1611 1 0 100 0 0 10 0\n';
const accepted =
  '   3: 0100007F:13BA 0100007F:94CA 01 00000000:00000000 00:00000000 00000000  1000        0 30 1 0 20 0 0 10 -1\n';

/** The row of the program that connects from port 38090 to port 5050. */
function rowOf(uid: number, inode = 3_036_852, from = '0100007F:94CA', to = '0100007F:13BA'): string {
  return `   2: ${from} ${to} 01 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 2 0 20 0 0 10 -1\n`;
}

const ends: ConnectionEnds = {
  remoteAddress: '127.0.0.1',
  remotePort: 38_090,
  localAddress: '127.0.0.1',
  localPort: 5050,
};

function accountIn(rows: string, of: ConnectionEnds = ends, unmappedUid: number | null = null) {
  const table = heading + listening + accepted + rows;
  return new PeerAccounts({ ownUid: 1000, unmappedUid, read: async () => table }).accountOf(of);
}

describe('the account of a program that connects', () => {
  it.each<[string, string, PeerAccount]>([
    ['the own account', rowOf(1000), 'own'],
    ['another account', rowOf(1001), 'other'],
    ['the account without rights', rowOf(65_534), 'other'],
    ['root, which can do everything anyway', rowOf(0), 'own'],
    ['a closed socket, which the kernel shows as one of root', rowOf(0, 0), 'other'],
    ['no row, as in a container without /proc/net', '', 'unknown'],
    ['the row of another connection', rowOf(1001, 7, '0100007F:94CB'), 'unknown'],
    [
      'a socket of IPv6 that reaches an IPv4 address',
      rowOf(1001, 7, mapped('94CA'), mapped('13BA')),
      'other',
    ],
  ])('is read from its row: %s', async (_what, row, account) => {
    expect(await accountIn(row)).toBe(account);
  });

  it('is read for IPv6, and for IPv4 at a socket that listens on both', async () => {
    const six = { ...ends, remoteAddress: '::1', localAddress: '::1' };
    const one = '00000000000000000000000001000000';
    expect(await accountIn(rowOf(1001, 7, `${one}:94CA`, `${one}:13BA`), six)).toBe('other');
    const both = { ...ends, remoteAddress: '::ffff:127.0.0.1', localAddress: '::ffff:127.0.0.1' };
    expect(await accountIn(rowOf(1001), both)).toBe('other');
  });

  it('is unknown outside of the own user namespace, and for another machine', async () => {
    expect(await accountIn(rowOf(65_534), ends, 65_534)).toBe('unknown');
    const remote = { ...ends, remoteAddress: '192.168.1.9' };
    expect(await accountIn(rowOf(1001), remote)).toBe('unknown');
    expect(await accountIn(rowOf(1001), {})).toBe('unknown');
  });

  it('is looked for twice, because a changing table can hide a row', async () => {
    const tables = [heading, heading + rowOf(1001)];
    const read = async () => tables.shift() ?? '';
    expect(await new PeerAccounts({ ownUid: 1000, unmappedUid: null, read }).accountOf(ends)).toBe('other');
  });

  it('costs many connections no more than two reads, and the second one begins after they came', async () => {
    const reads: PromiseWithResolvers<string>[] = [];
    const read = () => {
      const pending = Promise.withResolvers<string>();
      reads.push(pending);
      return pending.promise;
    };
    const accounts = new PeerAccounts({ ownUid: 1000, unmappedUid: null, read });
    const first = accounts.accountOf(ends);
    const others = Array.from({ length: 100 }, () => accounts.accountOf(ends));
    expect(reads).toHaveLength(1);
    reads[0]?.resolve(rowOf(1000));
    expect(await first).toBe('own');
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(rowOf(1001));
    expect(new Set(await Promise.all(others))).toEqual(new Set(['other']));
    expect(reads).toHaveLength(2);
  });
});

function mapped(port: string): string {
  return `0000000000000000FFFF00000100007F:${port}`;
}
