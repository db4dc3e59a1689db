import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeContent } from '../../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { hashPartsOf, pieceBytes } from '../../../shared/files/tree.ts';
import { digestFromBytes, type MessageId } from '../../../shared/ids.ts';
import { fileLiesMax, noSuchFileMax, unaskedFileMessagesBurst } from '../../../shared/limits.ts';
import type { FileSource } from '../../turn/file-disk.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';
import { ManualClientAtServer, manualInstallation } from '../chat/manual-client.ts';
import { accept, fileBytes, fileOf, offer } from './file-fixture.ts';
import { SimulatedFileDisk } from './simulated-file-disk.ts';

/** A user with a program, and one that a test plays by hand. They are connected. */
function withHand(isRegistered = true) {
  const chat = new ChatFixture();
  const { simulation } = chat;
  const [bob] = chat.online('bob');
  const hand = new ManualClientAtServer(simulation, chat.server, '10.0.0.77');
  if (isRegistered) {
    hand.register(1);
    simulation.until('bob sees the other', () => bob.sees(hand));
  }
  hand.node.dial('bob', [bob.address], bob.key);
  simulation.until('connected', () => hand.node.eventsOf('connected').some(({ peer }) => peer === bob.key));
  return { chat, simulation, bob, hand, files: new SimulatedFileDisk() };
}

type Hand = ReturnType<typeof withHand>;

/** Offers a file by hand. */
function offerByHand({ simulation, hand, bob }: Hand, { blob }: FileSource, sequence = 1): MessageId {
  const id = simulation.newMessageId();
  const { root, size } = blob;
  const content = {
    kind: 'file',
    name: 'a.bin',
    size,
    type: 'application/octet-stream',
    root: digestFromBytes(root),
  } as const;
  const body = encodeContent({ installation: manualInstallation, sequence, sentAtMs: 0, content });
  hand.say(bob.key, { kind: 'message', id, body });
  return id;
}

/** Bob has asked for the file that was offered by hand. */
function asked(all: Hand, source: FileSource): { of: MessageId; request: number } {
  const of = offerByHand(all, source);
  all.simulation.until('the offer is there', () => fileOf(all.bob, of) !== undefined);
  accept(all.bob, of);
  all.simulation.until('asked', () => all.hand.heardOf('file-get').length > 0);
  return { of, request: all.hand.heardOf('file-get').at(-1)?.request ?? 0 };
}

/** Answers a request with the first part of the piece layer. */
function giveHashes({ hand, bob, files }: Hand, source: FileSource, request: number): void {
  const [part] = hashPartsOf(source.blob.size);
  const answer = part === undefined ? undefined : files.readHashes(source, part);
  if (part === undefined || answer?.type !== 'done') throw new Error('the file has a part');
  const { hashes, proof } = answer;
  hand.say(bob.key, { kind: 'file-hashes', request, from: 0, hashes, proof });
}

function codesTo(hand: ManualClientAtServer): string[] {
  return hand.heardOf('file-no').map(({ code }) => code);
}

function ask(hand: ManualClientAtServer, author: SimulatedClient, of: MessageId, request: number): void {
  hand.say(author.key, { kind: 'file-get', request, at: { of }, pieces: [{ from: 0, count: 1 }] });
}

describe('an author', () => {
  it('PROTOCOL 13.32: gives a file only to the people of its conversation, and says no more to others', () => {
    const { chat, simulation, bob, hand } = withHand();
    const [cat] = chat.online('cat');
    const source = bob.files.addBlob(fileBytes(10));
    const forCat = offer(simulation, bob, cat, source);
    const text = bob.say(hand, 'hello');
    ask(hand, bob, forCat, 1);
    ask(hand, bob, simulation.newMessageId(), 2);
    ask(hand, bob, text, 3);
    const forHand = offer(simulation, bob, { key: hand.key }, source);
    ask(hand, bob, forHand, 4);
    bob.write(hand, { kind: 'delete', of: forHand });
    ask(hand, bob, forHand, 5);
    expect(codesTo(hand)).toEqual(['no-such-file', 'no-such-file', 'no-such-file', 'no-such-file']);
    expect(hand.heardOf('file-leaf').map(({ request }) => request)).toEqual([4]);
  });

  it('PROTOCOL 13.41: tells those who load that it goes on after a pause', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    const of = offer(simulation, alice, bob, alice.files.addBlob(fileBytes(3 * pieceBytes)));
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    alice.command((client) => client.pauseFile(simulation.network.clock.now(), of));
    accept(bob, of);
    simulation.until('it waits', () => fileOf(bob, of)?.waits === 'author-pause');
    alice.command((client, now) => client.resumeFile(now, of));
    simulation.until('it is there', () => fileOf(bob, of)?.state === 'done', 5_000);
  });

  it('PROTOCOL 13.40: hears of each decision of the recipient, also of one that was made while it was away', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    const source = alice.files.addBlob(fileBytes(3 * pieceBytes));
    const [first, second] = [offer(simulation, alice, bob, source), offer(simulation, alice, bob, source)];
    simulation.until('the offers are there', () => fileOf(bob, second) !== undefined);
    const stateOf = (of: MessageId) => fileOf(alice, of)?.peers[0]?.state;
    bob.command((client, now) => client.declineFile(now, first));
    simulation.until('declined', () => stateOf(first) === 'declined');
    alice.kill();
    simulation.until('away', () => !bob.sees(alice));
    bob.command((client, now) => client.declineFile(now, second));
    alice.start();
    bob.say(alice, 'hello');
    simulation.until('declined', () => stateOf(second) === 'declined');
  });
});

describe('an asker', () => {
  it('PROTOCOL 13.34: asks a peer no more after three answers that do not verify', () => {
    const all = withHand();
    const { simulation, hand, bob, files } = all;
    const source = files.addBlob(fileBytes(2 * pieceBytes));
    const { of } = asked(all, source);
    for (let lie = 1; lie <= fileLiesMax; lie++) {
      const request = hand.heardOf('file-get').at(-1)?.request ?? 0;
      const hashes = new Uint8Array(64).fill(lie);
      hand.say(bob.key, { kind: 'file-hashes', request, from: 0, hashes, proof: new Uint8Array(0) });
    }
    expect(fileOf(bob, of)).toMatchObject({ state: 'failed', code: 'damaged', pieces: 0 });
    expect(hand.heardOf('file-get')).toHaveLength(fileLiesMax);
    expect(hand.heardOf('file-stop')).toHaveLength(fileLiesMax);
    simulation.pass(120_000);
    expect(hand.heardOf('file-get')).toHaveLength(fileLiesMax);
  });

  it('PROTOCOL 13.34: drops a leaf with other bytes than its hash', () => {
    const all = withHand();
    const { simulation, hand, bob, files } = all;
    const source = files.addBlob(fileBytes(100));
    const { of, request } = asked(all, source);
    giveHashes(all, source, request);
    simulation.until('asked for the piece', () => hand.heardOf('file-get').at(-1)?.pieces !== undefined);
    const next = hand.heardOf('file-get').at(-1)?.request ?? 0;
    const answer = files.readPiece(source, 0);
    if (answer.type !== 'done') throw new Error('the file has a piece');
    hand.say(bob.key, { kind: 'file-piece', request: next, piece: 0, leaves: answer.leafHashes });
    hand.say(bob.key, { kind: 'file-leaf', request: next, piece: 0, leaf: 0, bytes: new Uint8Array(100) });
    simulation.pass(1_000);
    expect(fileOf(bob, of)).toMatchObject({ state: 'accepted', pieces: 0 });
    expect(hand.heardOf('file-get').at(-1)?.request).toBeGreaterThan(next);
  });

  it('PROTOCOL 13.35: drops what it did not ask for, and refuses a peer that sends much of it', () => {
    const all = withHand();
    const { simulation, hand, bob } = all;
    const leaf: ProtocolMessage = {
      kind: 'file-leaf',
      request: 1,
      piece: 0,
      leaf: 0,
      bytes: new Uint8Array(9),
    };
    const isConnected = () => !hand.node.eventsOf('disconnected').some(({ peer }) => peer === bob.key);
    for (let each = 0; each < unaskedFileMessagesBurst; each++) hand.say(bob.key, leaf, 0);
    simulation.pass(100);
    expect(isConnected()).toBe(true);
    for (let each = 0; each < 5; each++) hand.say(bob.key, leaf, 0);
    simulation.pass(1_000);
    expect(isConnected()).toBe(false);
    expect(hand.heardOf('error')).toEqual([]);
  });

  it('PROTOCOL 13.37: waits longer after each refusal, and believes the fifth that there is no such file', () => {
    const all = withHand();
    const { simulation, hand, bob, files } = all;
    const source = files.addBlob(fileBytes(10));
    const { of } = asked(all, source);
    const askedAtMs: number[] = [];
    for (let refusal = 1; refusal <= noSuchFileMax; refusal++) {
      simulation.until('asked', () => hand.heardOf('file-get').length === refusal);
      askedAtMs.push(simulation.network.clock.now().monotonicMs);
      const request = hand.heardOf('file-get').at(-1)?.request ?? 0;
      hand.say(bob.key, { kind: 'file-no', request, code: 'a-later-code' }, 10);
    }
    const waits = askedAtMs.slice(1).map((atMs, index) => atMs - (askedAtMs[index] ?? 0));
    expect(waits.map((waitMs) => Math.round(waitMs / 1_000))).toEqual([1, 2, 4, 8]);
    expect(fileOf(bob, of)).toMatchObject({ state: 'failed', code: 'no-such-file' });
  });

  it('PROTOCOL 13.31: drops what comes on an earlier connection', () => {
    const all = withHand();
    const { simulation, hand, bob, files } = all;
    const source = files.addBlob(fileBytes(10));
    const { of, request } = asked(all, source);
    const again = new EndpointNode(hand.host, 6, { keys: agreementKeysOf(hand.identity), seed: 99 });
    const heardAgain = () => again.eventsOf('received').map(({ bytes }) => decodeMessage(bytes));
    again.dial('bob', [bob.address], bob.key);
    simulation.until('asked again', () => heardAgain().length > 0);
    const before = heardAgain().length;
    giveHashes(all, source, request);
    simulation.pass(5_000);
    expect(heardAgain()).toHaveLength(before);
    expect(hand.heardOf('file-get')).toHaveLength(1);
    expect(bob.store.files.find(of)).toMatchObject({ state: 'accepted', hashParts: 0 });
  });

  it('PROTOCOL 13.42: loads again what it has from another conversation', () => {
    const all = withHand();
    const { chat, simulation, hand, bob, files } = all;
    const [cat] = chat.online('cat');
    const bytes = fileBytes(10);
    const source = files.addBlob(bytes);
    const first = offer(simulation, cat, bob, cat.files.addBlob(bytes));
    simulation.until('the offer is there', () => fileOf(bob, first) !== undefined);
    accept(bob, first);
    simulation.until('the file is there', () => fileOf(bob, first)?.state === 'done');
    const { of } = asked(all, source);
    simulation.pass(10_000);
    expect(fileOf(bob, of)).toMatchObject({ state: 'accepted', pieces: 0 });
    expect(hand.heardOf('file-get')[0]).toMatchObject({ hashes: { from: 0, count: 1 } });
    bob.command((client, now) => client.cancelFile(now, of));
    expect(bob.files.bytesOf(source.blob)).toEqual(bytes);
  });

  it('PROTOCOL 13.43: asks an author again that has said nothing for a minute', () => {
    const all = withHand();
    const { simulation, hand, files } = all;
    const { request } = asked(all, files.addBlob(fileBytes(10)));
    simulation.pass(58_000);
    expect(hand.heardOf('file-get')).toHaveLength(1);
    simulation.pass(4_000);
    expect(hand.heardOf('file-stop')).toEqual([{ kind: 'file-stop', request }]);
    expect(hand.heardOf('file-get')).toHaveLength(2);
  });
});

describe('an offer', () => {
  it('PROTOCOL 13.24: is not taken from a key that no roster has named', () => {
    const all = withHand(false);
    const { simulation, hand, files } = all;
    offerByHand(all, files.addBlob(fileBytes(10)));
    // A message from a key without a name waits for a roster first (6.64).
    simulation.pass(3_000);
    expect(hand.heardOf('reject')).toMatchObject([{ code: 'not-accepted' }]);
  });
});
