import { describe, expect, it } from 'vitest';
import { sampleKey } from '../store/sample.ts';
import { NicknameIndex } from './nickname-index.ts';

const [bob, carol] = [sampleKey(1), sampleKey(2)];

describe('the index of nicknames', () => {
  it('finds the owner of a nickname, as RFC 8266 compares nicknames', () => {
    const index = new NicknameIndex();
    index.add(bob, 'Bob');
    expect([index.ownerOf('bOB'), index.ownerOf('bоb')]).toEqual([bob, undefined]);
  });

  it('tells that a nickname looks like one of another key, until that is removed', () => {
    const index = new NicknameIndex();
    index.add(bob, 'bob');
    expect([index.looksTaken('bоb'), index.looksTaken('bоb', bob), index.looksTaken('rob')]).toEqual([
      true,
      false,
      false,
    ]);
    index.remove(bob, 'bob');
    expect(index.looksTaken('bоb')).toBe(false);
  });

  it('keeps the nickname of one key when another one that looks like it is removed', () => {
    const index = new NicknameIndex();
    index.add(bob, 'bob');
    index.add(carol, 'bоb');
    index.remove(carol, 'bоb');
    expect(index.looksTaken('bоb')).toBe(true);
  });
});
