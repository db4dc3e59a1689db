import { describe, expect, it } from 'vitest';
import type { DataPacket } from '../../shared/wire/packet.ts';
import { testKey } from '../testing/endpoint-node.ts';
import { ByteBudget } from './byte-budget.ts';
import { Connection } from './connection.ts';
import { Outlet } from './outlet.ts';
import { Receiver } from './receiver.ts';

function fragment(sequence: number, index: number, change: Partial<DataPacket> = {}): DataPacket {
  const payload = new Uint8Array(10).fill(index);
  const base = { type: 'data', connection: 1n, sequence, channel: 'chat', payload } as const;
  return { ...base, fragmentIndex: index, fragmentCount: 3, ...change };
}

const taken = { type: 'taken', message: undefined };
const overLimit = { type: 'refused', cause: 'limit' };

describe('Receiver', () => {
  it('PROTOCOL 5.8: unfinished messages of all peers share one budget; what ends gives its part back', () => {
    const budget = new ByteBudget(25);
    const [one, other] = [new Receiver(budget), new Receiver(budget)];
    expect(one.handle(fragment(1, 0))).toEqual(taken);
    expect(other.handle(fragment(1, 0))).toEqual(taken);
    expect(one.handle(fragment(2, 1))).toEqual(overLimit);
    // Not taken means not numbered: the same packet is taken once there is room.
    other.discard();
    expect(one.handle(fragment(2, 1))).toEqual(taken);
    expect(one.handle(fragment(3, 2, { payload: new Uint8Array(5) }))).toEqual({
      type: 'taken',
      message: Uint8Array.from([...Array<number>(10).fill(0), ...Array<number>(10).fill(1), 0, 0, 0, 0, 0]),
    });
    // All of it is free again.
    expect(one.handle(fragment(4, 0, { payload: new Uint8Array(25) }))).toEqual(taken);
    expect(one.handle(fragment(5, 1, { payload: new Uint8Array(1) }))).toEqual(overLimit);
  });

  it('PROTOCOL 5.8: the end of a connection gives back what it had begun', () => {
    const budget = new ByteBudget(25);
    const route = { id: 1n, peer: testKey(9), address: { host: '10.0.0.9', port: 9 } };
    const connection = new Connection(0, { ...route, nonce: null }, 1, new Outlet(0), {
      unfinished: budget,
      queued: new ByteBudget(0),
    });
    connection.handleNumbered(0, fragment(1, 0));
    connection.handleNumbered(0, fragment(2, 1));
    expect(budget.take(10)).toBe(false);
    connection.handBack('closed');
    expect(budget.take(25)).toBe(true);
  });

  it('PROTOCOL 5.5: messages of different channels may interleave', () => {
    const receiver = new Receiver(new ByteBudget(1_000));
    expect(receiver.handle(fragment(1, 0, { channel: 'bulk' }))).toEqual(taken);
    expect(receiver.handle(fragment(2, 0))).toEqual(taken);
    expect(receiver.handle(fragment(3, 1, { channel: 'bulk' }))).toEqual(taken);
    expect(receiver.handle(fragment(4, 1))).toEqual(taken);
    expect(receiver.handle(fragment(5, 2))).toMatchObject({ message: { length: 30 } });
    expect(receiver.handle(fragment(6, 2, { channel: 'bulk' }))).toMatchObject({ message: { length: 30 } });
  });

  it('PROTOCOL 5.2: numbers go on after 2^32 - 1 with 0', () => {
    const receiver = new Receiver(new ByteBudget(1_000), 0xffff_ffff);
    const ping = (sequence: number) => receiver.handle({ type: 'ping', connection: 1n, sequence });
    expect(ping(0xffff_ffff)).toEqual(taken);
    expect(ping(0)).toEqual(taken);
    expect(ping(0xffff_ffff)).toEqual({ type: 'duplicate' });
    expect(ping(1)).toEqual(taken);
  });
});
