import { expect, it } from 'vitest';
import { halfOpenMax } from '../../../shared/limits.ts';
import type { NoiseHandshake } from '../ports.ts';
import { HalfOpens } from './half-opens.ts';

const handshake: NoiseHandshake = {
  remoteStaticKey: undefined,
  keys: undefined,
  hash: undefined,
  write: () => undefined,
  read: () => undefined,
};

it('PROTOCOL 4.5: past the maximum, the address group with most half-open handshakes loses its oldest one', () => {
  const halfOpens = new HalfOpens();
  const add = (localIndex: number, host: string) => {
    const from = { host, port: 1 + (localIndex % 60_000) };
    const response = new Uint8Array(0);
    const firstMessage = new Uint8Array(new Uint32Array([localIndex]).buffer);
    halfOpens.add(0, firstMessage, { from, localIndex, remoteIndex: 1, handshake, response, generation: 1 });
  };
  for (let index = 0; index < 20; index++) add(index, `10.0.0.${index}`);
  for (let index = 20; index < halfOpenMax; index++) add(index, '10.9.9.9');
  for (let index = halfOpenMax; index < halfOpenMax + 10; index++)
    add(index, `10.1.1.${index - halfOpenMax}`);
  expect(halfOpens.size(0)).toBe(halfOpenMax);
  const isThere = (index: number) => halfOpens.withIndex(0, index) !== undefined;
  expect([0, 19, 20, 29, 30, halfOpenMax + 9].map(isThere)).toEqual([true, true, false, false, true, true]);
});
