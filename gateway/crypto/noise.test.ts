import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { aeadTagBytes, type NoiseHandshake } from '../transport/ports.ts';
import { transportCrypto, keyPairOf } from './crypto.ts';
import { readPublishedVectors } from './published-vectors.ts';

const { noise, aead } = transportCrypto;

interface NoiseVector {
  readonly protocol_name: string;
  readonly source: string;
  readonly init_prologue: string;
  readonly init_static: string;
  readonly init_ephemeral: string;
  /** XK: what the initiator knows. */
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

/** Of the set that the implementation cacophony publishes. */
const cacophonyVector: NoiseVector = {
  protocol_name: 'Noise_XX_25519_ChaChaPoly_BLAKE2b',
  source: 'cacophony',
  init_prologue: '4a6f686e2047616c74',
  init_static: 'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
  init_ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  resp_prologue: '4a6f686e2047616c74',
  resp_static: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
  resp_ephemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
  messages: [
    {
      payload: '4c756477696720766f6e204d69736573',
      ciphertext:
        'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573',
    },
    {
      payload: '4d757272617920526f746862617264',
      ciphertext:
        '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088430505b6745ce64a5f33f0e8e3b83f11ce8802bca507f4f2d8b564dbe277e1966116e132faa2dfd70b8b077b9f94b913df5056ae1319469b824a98d54bbaa82c325595587064f978c4b6d104f7596e6f',
    },
    {
      payload: '462e20412e20486179656b',
      ciphertext:
        '99579e1c1ee15e422a57ddd6b16d37087b17558e8369c18991b4b2ca3a824abf904cdcf5458b5431a75af034ca9e9b982de039eaaf156775e2d580cd4e5ebae89c3f8cb2594b556d8a8169',
    },
    {
      payload: '4361726c204d656e676572',
      ciphertext: 'fc56eea290b3f3a21aac0c70cd5787b5ee99be37d2f4d751329b55',
    },
    {
      payload: '4a65616e2d426170746973746520536179',
      ciphertext: 'bb31c9da10d5639a4cdb88a12f5c61de41bbc7df09bf75d94f8184fe4157f5c68f',
    },
  ],
};

const cacophonyVectorXK: NoiseVector = {
  protocol_name: 'Noise_XK_25519_ChaChaPoly_BLAKE2b',
  source: 'cacophony',
  init_prologue: '4a6f686e2047616c74',
  init_static: 'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
  init_ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  init_remote_static: '31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62',
  resp_prologue: '4a6f686e2047616c74',
  resp_static: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
  resp_ephemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
  messages: [
    {
      payload: '4c756477696720766f6e204d69736573',
      ciphertext:
        'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79442806e28405ac4325fcf83607489496d6d326ab3fe084dbb1634f801405a69297',
    },
    {
      payload: '4d757272617920526f746862617264',
      ciphertext:
        '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088430ea4de2eff2cd3b1e7be5f7e792d87395f0863722ab04ec030529d6c5820de',
    },
    {
      payload: '462e20412e20486179656b',
      ciphertext:
        'ec9136de99472b49eda3ba9fe84882d48f131b27386784b3f45e9f103ad1b6efa2f2e95f0afce5d0d4c8052aed81438500be54a8fd8dd4f5ba04f7907b312701d0d687716a30b23c22f568',
    },
    {
      payload: '4361726c204d656e676572',
      ciphertext: 'd6ea0c3364ed480b415d44c3235fdb311dfa8d6e1dc1e6f3a76ee3',
    },
    {
      payload: '4a65616e2d426170746973746520536179',
      ciphertext: '59f41ca9ea14a8305bae379bbdd8b4d5cf9bd308d2d7e042e2bf03c48dd910b37b',
    },
    {
      payload: '457567656e2042f6686d20766f6e2042617765726b',
      ciphertext: 'fa23ba8af343a3934c64219d3d0206d66894f7cdb180b738324608e15b0102095ed2f44d4b',
    },
  ],
};

function beginBoth(vector: NoiseVector): { initiator: NoiseHandshake; responder: NoiseHandshake } {
  const isInformed = vector.init_remote_static !== undefined;
  const pattern = isInformed ? 'XK' : 'XX';
  const begin = (role: 'initiator' | 'responder', staticKey: string, ephemeral: string, prologue: string) =>
    noise.begin({
      pattern,
      role,
      staticKeys: keyPairOf(fromHex(staticKey)),
      ephemeralKeys: () => keyPairOf(fromHex(ephemeral)),
      prologue: fromHex(prologue),
      ...(isInformed && role === 'initiator' ? { remoteStaticKey: fromHex(vector.init_remote_static) } : {}),
    });
  return {
    initiator: begin('initiator', vector.init_static, vector.init_ephemeral, vector.init_prologue),
    responder: begin('responder', vector.resp_static, vector.resp_ephemeral, vector.resp_prologue),
  };
}

/** Runs the handshake of a vector and all the messages behind it. */
function run(vector: NoiseVector): void {
  let { initiator: writer, responder: reader } = beginBoth(vector);
  vector.messages.slice(0, 3).forEach(({ payload, ciphertext }) => {
    const message = writer.write(fromHex(payload));
    expect(toHex(message!)).toBe(ciphertext);
    const read = reader.read(message!);
    expect(toHex(read!.payload)).toBe(payload);
    [writer, reader] = [read!.next, writer];
  });
  // Three messages: the reader of the last one is the responder, who writes the fourth.
  const [responder, initiator] = [writer, reader];
  expect(toHex(initiator.remoteStaticKey!)).toBe(toHex(keyPairOf(fromHex(vector.resp_static)).publicKey));
  expect(toHex(responder.remoteStaticKey!)).toBe(toHex(keyPairOf(fromHex(vector.init_static)).publicKey));
  vector.messages.slice(3).forEach(({ payload, ciphertext }, index) => {
    const [from, to] = index % 2 === 0 ? [responder, initiator] : [initiator, responder];
    const nonce = new Uint8Array(12);
    nonce[4] = index >> 1;
    const sealed = new Uint8Array(payload.length / 2 + aeadTagBytes);
    aead.seal(sealed, from.keys!.send, nonce, new Uint8Array(0), fromHex(payload));
    expect(toHex(sealed)).toBe(ciphertext);
    const opened = new Uint8Array(payload.length / 2);
    expect(aead.open(opened, to.keys!.receive, nonce, new Uint8Array(0), sealed)).toBe(true);
    expect(toHex(opened)).toBe(payload);
  });
}

describe('Noise XX', () => {
  it('writes the messages of a published vector', () => {
    run(cacophonyVector);
  });

  it('continues after any number of forged messages, and does not change its input', () => {
    const { initiator, responder } = beginBoth(cacophonyVector);
    const first = initiator.write(new Uint8Array(0))!;
    let answering = responder.read(first)!.next;
    const second = answering.write(new Uint8Array(0))!;
    const before = toHex(second);
    for (let bit = 0; bit < second.length * 8; bit += 5) {
      const forged = Uint8Array.from(second);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(initiator.read(forged)).toBeUndefined();
    }
    expect(initiator.read(second.subarray(0, 40))).toBeUndefined();
    expect(initiator.read(new Uint8Array(0))).toBeUndefined();
    const confirming = initiator.read(second)!.next;
    const third = confirming.write(new Uint8Array(0))!;
    expect(answering.read(Uint8Array.from(third, (byte) => byte ^ 1))).toBeUndefined();
    answering = answering.read(third)!.next;
    expect(answering.keys!.receive).toEqual(confirming.keys!.send);
    expect(answering.keys!.send).toEqual(confirming.keys!.receive);
    expect(toHex(second)).toBe(before);
    expect(initiator.keys).toBeUndefined();
  });

  it('refuses a point of low order, which would make the shared secret zero', () => {
    const { responder } = beginBoth(cacophonyVector);
    for (const point of [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ]) {
      const read = responder.read(fromHex(point));
      // The first message has no key exchange in it: the answer to it has.
      expect(read!.next.write(new Uint8Array(0))).toBeUndefined();
    }
  });

  it('fails with a peer of another version', () => {
    const { initiator } = beginBoth(cacophonyVector);
    const { responder } = beginBoth({ ...cacophonyVector, resp_prologue: '4a6f686e2047616c75' });
    const answering = responder.read(initiator.write(new Uint8Array(0))!)!.next;
    expect(initiator.read(answering.write(new Uint8Array(0))!)).toBeUndefined();
  });
});

describe('Noise XK', () => {
  it('writes the messages of a published vector', () => {
    run(cacophonyVectorXK);
  });

  it('reads a first message only with the key that the initiator means, whole and unchanged', () => {
    const { initiator } = beginBoth(cacophonyVectorXK);
    const first = initiator.write(new Uint8Array(0))!;
    expect(first).toHaveLength(48);
    const { responder: other } = beginBoth({
      ...cacophonyVectorXK,
      resp_static: cacophonyVectorXK.init_static,
    });
    expect(other.read(first)).toBeUndefined();
    const { responder } = beginBoth(cacophonyVectorXK);
    for (let bit = 0; bit < first.length * 8; bit++) {
      // The top bit of an X25519 key is ignored (RFC 7748 section 5), but the message is hashed with it.
      const forged = Uint8Array.from(first);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(responder.read(forged)).toBeUndefined();
    }
    expect(responder.read(first.subarray(0, 47))).toBeUndefined();
    expect(responder.read(first)).toBeDefined();
  });

  it('writes no first message to a key of low order', () => {
    const { initiator } = beginBoth({ ...cacophonyVectorXK, init_remote_static: '00'.repeat(32) });
    expect(initiator.write(new Uint8Array(0))).toBeUndefined();
  });
});

const published = ['noise-xx-ik.json', 'noise-xk-psk.json']
  .map((name) => readPublishedVectors(name) as readonly NoiseVector[] | undefined)
  .filter((vectors) => vectors !== undefined)
  .flat();

if (published.length > 0)
  describe('published vectors', () => {
    it.each([cacophonyVector, cacophonyVectorXK])(
      'agrees with all of $protocol_name',
      ({ protocol_name }) => {
        const ours = published.filter((vector) => vector.protocol_name === protocol_name);
        expect(ours.length).toBeGreaterThan(0);
        for (const vector of ours) run(vector);
      },
    );
  });

interface X25519Test {
  readonly tcId: number;
  readonly public: string;
  readonly private: string;
  readonly flags: readonly string[];
}

const x25519 = readPublishedVectors('wycheproof-x25519_test.json') as
  { readonly testGroups: readonly { readonly tests: readonly X25519Test[] }[] } | undefined;

if (x25519 !== undefined)
  describe('Wycheproof X25519', () => {
    const tests = x25519.testGroups.flatMap((group) => group.tests);

    it(`answers ${tests.length} public keys, and refuses exactly those that give a zero secret`, () => {
      expect(tests.length).toBeGreaterThan(500);
      for (const { tcId, public: point, private: secret, flags } of tests) {
        const responder = noise.begin({
          pattern: 'XX',
          role: 'responder',
          staticKeys: keyPairOf(fromHex(cacophonyVector.resp_static)),
          ephemeralKeys: () => keyPairOf(fromHex(secret)),
          prologue: new Uint8Array(0),
        });
        const answer = () => responder.read(fromHex(point))!.next.write(new Uint8Array(0));
        const isZero = flags.includes('ZeroSharedSecret');
        expect(answer()?.length, `test ${tcId}`).toBe(isZero ? undefined : 32 + 48 + 16);
      }
    });
  });
