import { describe, expect, it } from 'vitest';
import { pieceBytes } from '../../../shared/files/tree.ts';
import { loadingFilesMax } from '../../../shared/limits.ts';
import { PieceSet } from '../../client/files/piece-set.ts';
import type { LabSpec } from '../../net/lab-spec.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import { accept, fileBytes, fileOf, offer } from './file-fixture.ts';

describe('a file between two people', () => {
  it.each([0, 1, pieceBytes, 5 * pieceBytes + 17])(
    'arrives right to the byte after the recipient has accepted it: %i bytes',
    (size) => {
      const { simulation, alice, bob } = withTwo();
      const bytes = fileBytes(size);
      const source = alice.files.addBlob(bytes);
      const of = offer(simulation, alice, bob, source);
      simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
      simulation.pass(5_000);
      expect(fileOf(bob, of)).toMatchObject({ state: 'offered', pieces: 0 });
      expect(bob.files.has(source.blob)).toBe(false);
      accept(bob, of);
      simulation.until('the file is there', () => fileOf(bob, of)?.state === 'done');
      expect(bob.files.bytesOf(source.blob)).toEqual(bytes);
      simulation.until('the author knows', () => fileOf(alice, of)?.peers[0]?.state === 'done');
    },
  );
});

describe('a transfer that is disturbed', () => {
  it('PROTOCOL 13.36: goes on from what is counted after the recipient has lost its process and its power', () => {
    const { simulation, alice, bob } = withTwo(slow);
    const bytes = fileBytes(pieces * pieceBytes - 5);
    const source = alice.files.addBlob(bytes);
    const written: number[] = [];
    bob.files.onPiece = (_, piece) => written.push(piece);
    const of = offer(simulation, alice, bob, source);
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    accept(bob, of);
    simulation.until('half of it is there', () => (bob.store.files.find(of)?.pieces ?? 0) >= pieces / 2);
    const counted = new PieceSet(pieces, bob.store.files.bitmap(of));
    expect(counted.count).toBeGreaterThan(0);
    bob.kill();
    bob.files.cutPower(new SeededRandom(1));
    written.length = 0;
    bob.start();
    simulation.until('the file is there', () => fileOf(bob, of)?.state === 'done', 120_000);
    expect(bob.files.bytesOf(source.blob)).toEqual(bytes);
    expect(written.filter((piece) => counted.has(piece))).toEqual([]);
  });

  it('begins again when the disk has lost all of it, as after a restore of the store alone', () => {
    const { simulation, alice, bob } = withTwo(slow);
    const bytes = fileBytes(pieces * pieceBytes - 5);
    const source = alice.files.addBlob(bytes);
    const of = offer(simulation, alice, bob, source);
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    accept(bob, of);
    simulation.until('half of it is there', () => (bob.store.files.find(of)?.pieces ?? 0) >= pieces / 2);
    bob.kill();
    bob.files.remove(source.blob);
    bob.start();
    simulation.until('the file is there', () => fileOf(bob, of)?.state === 'done', 120_000);
    expect(bob.files.bytesOf(source.blob)).toEqual(bytes);
  });

  it('goes on when the author has started again', () => {
    const { simulation, alice, bob } = withTwo(slow);
    const bytes = fileBytes(pieces * pieceBytes - 5);
    const source = alice.files.addPath('/home/alice/plan.bin', bytes);
    const of = offer(simulation, alice, bob, source);
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    accept(bob, of);
    simulation.until('some of it is there', () => (fileOf(bob, of)?.pieces ?? 0) >= pieces / 4);
    alice.kill();
    simulation.until('it waits', () => fileOf(bob, of)?.waits === 'author');
    simulation.pass(20_000);
    alice.start();
    simulation.until('the file is there', () => fileOf(bob, of)?.state === 'done', 240_000);
    expect(bob.files.bytesOf(source.blob)).toEqual(bytes);
  });
});

describe('two files at a time', () => {
  it('of a silent author do not hold up those of another', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob, cat] = chat.online('alice', 'bob', 'cat');
    cat.files.refuses = (call) => (call === 'readPiece' ? 'disk-refused' : undefined);
    const ofCat = Array.from({ length: loadingFilesMax + 1 }, (_, index) =>
      offer(simulation, cat, bob, cat.files.addBlob(fileBytes(1_000, index + 1))),
    );
    simulation.until('the offers are there', () => ofCat.every((of) => fileOf(bob, of) !== undefined));
    for (const of of ofCat) accept(bob, of);
    const of = offer(simulation, alice, bob, alice.files.addBlob(fileBytes(1_000, 99)));
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    accept(bob, of);
    simulation.until('the file is there', () => fileOf(bob, of)?.state === 'done', 120_000);
    cat.files.refuses = () => undefined;
    simulation.until(
      'all are there',
      () => ofCat.every((each) => fileOf(bob, each)?.state === 'done'),
      120_000,
    );
  });
});

const pieces = 24;
const slow = { delayMs: 100 };

function withTwo(link: Partial<LabSpec> = {}) {
  const fixture = new ChatFixture(link);
  const [alice, bob] = fixture.online('alice', 'bob');
  return { simulation: fixture.simulation, alice, bob };
}
