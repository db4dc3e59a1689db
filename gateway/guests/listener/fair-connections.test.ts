import { describe, expect, it } from 'vitest';
import { FairConnections, type FairConnectionsOptions } from './fair-connections.ts';

describe('connections past their maximum', () => {
  it('cost the group with the most of them its oldest one, so that a newcomer gets in', () => {
    const { connections, cut } = limited({ loses: 'oldest' });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1']) connections.add(name, name.slice(0, 1));
    expect(cut).toEqual(['a1']);
    connections.add('a4', 'a');
    expect(cut).toEqual(['a1', 'a2']);
    expect(connections.count).toBe(4);
  });

  it('cost the group with the most of them its newest one, so that those that are here stay', () => {
    const { connections, cut } = limited({ loses: 'newest' });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1']) connections.add(name, name.slice(0, 1));
    connections.add('a4', 'a');
    expect(cut).toEqual(['a3', 'a4']);
  });

  it('count as long as they are there, and once', () => {
    const { connections, cut } = limited({ loses: 'oldest' });
    for (const name of ['a1', 'a2', 'a3', 'b1']) connections.add(name, name.slice(0, 1));
    connections.delete('a1', 'a');
    connections.delete('a1', 'a');
    connections.delete('b1', 'other');
    connections.add('c1', 'c');
    expect(cut).toEqual([]);
    expect(connections.count).toBe(4);
  });
});

function limited({ loses }: Pick<FairConnectionsOptions<string>, 'loses'>) {
  const cut: string[] = [];
  const connections = new FairConnections<string>({ max: 4, loses, cut: (name) => cut.push(name) });
  return { connections, cut };
}
