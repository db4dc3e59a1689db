import { beforeEach, describe, expect, it } from 'vitest';
import { type BudgetHolder, budgetShares, FairBudget } from './fair-budget.ts';

describe('a budget of 1,600 bytes', () => {
  let evicted: BudgetHolder[];
  let budget: FairBudget;

  beforeEach(() => {
    evicted = [];
    budget = new FairBudget(budgetShares(1_600), (holder) => {
      evicted.push(holder);
      holder.giveBack(holder.bytes);
    });
  });

  /** Opens holders of different address groups, each with as many bytes. */
  const openEach = (
    count: number,
    bytes: number,
    ...[peerClass, host = '10.0.0']: [Parameters<FairBudget['open']>[1], string?]
  ) =>
    Array.from({ length: count }, (_, number) => {
      const holder = budget.open(`${host}.${number}`, peerClass);
      expect(holder.take(bytes)).toBe(true);
      return holder;
    });

  it('PROTOCOL 7.7: gives a connection at most a sixteenth, however much is left', () => {
    const holder = budget.open('10.0.0.1', 'established');
    expect([holder.take(100), holder.take(1), holder.hasRoom(1)]).toEqual([true, false, false]);
    expect([evicted, budget.bytes]).toEqual([[], 100]);
  });

  it('PROTOCOL 7.7: gives a connection more than a sixteenth for what others wait for, within all other shares', () => {
    const holder = budget.open('10.0.0.1', 'registered');
    expect([holder.take(100), holder.take(50, true), holder.take(1)]).toEqual([true, true, false]);
    expect(holder.take(51, true)).toBe(false);
    expect([evicted, budget.bytes]).toEqual([[], 150]);
  });

  it('PROTOCOL 7.7: gives the connections of an address group that are not established at most an eighth', () => {
    const [one, other, third, known] = [1, 2, 3, 4].map((number) =>
      budget.open('10.0.0.1', number === 4 ? 'established' : 'registered'),
    );
    expect([one!.take(100), other!.take(50), third!.take(50)]).toEqual([true, true, true]);
    expect(third!.hasRoom(1)).toBe(false);
    expect(known!.take(100)).toBe(true);
    // The connection with most bytes of the group makes room.
    expect(third!.take(10)).toBe(true);
    expect(evicted).toEqual([one]);
    expect(budget.bytes).toBe(210);
  });

  it('PROTOCOL 7.7: gives unknown connections at most a quarter, and takes it from the group that uses most', () => {
    const many = [budget.open('10.0.9.9', 'unknown'), budget.open('10.0.9.9', 'unknown')];
    expect(many.map((holder) => holder.take(75))).toEqual([true, true]);
    openEach(5, 50, 'unknown');
    const newcomer = budget.open('10.0.8.8', 'unknown');
    expect(newcomer.hasRoom(10)).toBe(false);
    expect(newcomer.take(10)).toBe(true);
    expect(many).toContain(evicted[0]);
    expect(evicted).toHaveLength(1);
    expect(budget.open('10.0.7.7', 'registered').hasRoom(100)).toBe(true);
  });

  it('PROTOCOL 7.7: keeps a quarter for established connections', () => {
    openEach(4, 100, 'unknown', '10.0.1');
    openEach(8, 100, 'registered', '10.0.2');
    const late = budget.open('10.0.3.1', 'registered');
    expect(late.hasRoom(1)).toBe(false);
    openEach(4, 100, 'established', '10.0.4');
    expect([budget.bytes, evicted]).toEqual([1_600, []]);
  });

  it('PROTOCOL 7.7: refuses a connection that would use most itself, and takes nothing from others', () => {
    const holders = openEach(16, 100, 'established');
    holders[0]!.giveBack(10);
    expect(holders[0]!.take(11)).toBe(false);
    const late = budget.open('10.0.9.1', 'established');
    expect(late.take(100)).toBe(false);
    expect([evicted, budget.bytes]).toEqual([[], 1_590]);
  });

  it('PROTOCOL 7.7: takes from the lower class among equals', () => {
    openEach(12, 100, 'established', '10.0.1');
    const peers = (['established', 'registered', 'unknown', 'registered'] as const).map((peerClass) =>
      budget.open('10.0.2.1', peerClass),
    );
    expect(peers.map((holder) => holder.take(50))).toEqual([true, true, true, true]);
    openEach(2, 100, 'established', '10.0.3');
    const late = budget.open('10.0.4.1', 'established');
    expect(late.take(10)).toBe(true);
    expect(evicted).toEqual([peers[2]]);
  });

  it('PROTOCOL 7.7: counts a connection in its new class and address group from then on', () => {
    const holder = budget.open('10.0.0.1', 'unknown');
    const neighbour = budget.open('10.0.0.1', 'registered');
    expect([holder.take(100), neighbour.take(100)]).toEqual([true, true]);
    expect(budget.open('10.0.0.1', 'registered').hasRoom(1)).toBe(false);
    holder.reassign('10.0.0.1', 'established');
    expect(budget.open('10.0.0.1', 'registered').hasRoom(100)).toBe(true);
    holder.reassign('10.0.0.1', 'registered');
    neighbour.reassign('10.0.0.2', 'registered');
    expect(budget.open('10.0.0.1', 'registered').hasRoom(100)).toBe(true);
    holder.release();
    neighbour.release();
    expect(budget.bytes).toBe(0);
  });
});
