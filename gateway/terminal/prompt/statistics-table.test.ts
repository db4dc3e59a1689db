import { describe, expect, it } from 'vitest';
import { bob, sampleStatistics } from '../frontend/scripted-gateway.ts';
import { statisticsLines } from './statistics-table.ts';

const nicknameOf = (): string => 'bob';

describe('statisticsLines', () => {
  it('has a line for each connection, in columns, and a line for all datagrams', () => {
    expect(statisticsLines(sampleStatistics, nicknameOf)).toEqual([
      'peer        address            round trip  sent  received  lost  resent  largest',
      'the server  192.168.1.7:50000      1.5 ms    20        18     0       0     1200',
      'bob         192.168.1.9:51000           -     3         2     1       1     1200  stop-and-wait',
      'This gateway: 25 datagrams sent (4000 bytes; 1 of them resent), 22 received (3000 bytes)',
      'This gateway dropped: forged 2, unsent 1',
    ]);
  });

  it('says when there are no connections, and when there are more', () => {
    const client = sampleStatistics.client!;
    const empty = { ...sampleStatistics, connections: [], client: { ...client, connections: 0 } };
    expect(statisticsLines(empty, nicknameOf)[0]).toBe('No connections.');
    expect(statisticsLines({ ...empty, client: null }, nicknameOf)).toEqual(['No connections.']);
    const many = { ...sampleStatistics, client: { ...client, connections: 9 }, server: client };
    const lines = statisticsLines(many, nicknameOf);
    expect(lines[3]).toBe('and 7 more');
    expect(lines.at(-1)).toBe('The server here dropped: forged 2, unsent 1');
  });

  it('keeps its columns with long names and numbers', () => {
    const connection = { ...sampleStatistics.connections[1]!, peer: bob, packetsSent: 123_456_789 };
    const lines = statisticsLines({ ...sampleStatistics, connections: [connection] }, () => 'x'.repeat(32));
    const [heads = '', row = ''] = lines;
    expect(row.indexOf('192.168.1.9')).toBe(heads.indexOf('address'));
    expect(row.indexOf('123456789') + 9).toBe(heads.indexOf('sent') + 4);
  });
});
