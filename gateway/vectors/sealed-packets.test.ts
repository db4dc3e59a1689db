import { expect } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { transportLayout } from '../../shared/wire/layout.ts';
import type { KeyPhase, TransportPacket } from '../../shared/wire/packet.ts';
import { sodiumAead } from '../crypto/aead.ts';
import { PacketCrypto } from '../transport/connection/packet-crypto.ts';
import { describeVectors } from './describe-vectors.ts';
import { chaChaOpen, chaChaSeal, noiseNonce, rekey } from './reference-noise.ts';
import type { VectorCase } from './vector-files.ts';

interface SealedFields extends VectorCase {
  /** The receiver's present key, which is of phase 0. */
  readonly presentKey: string;
  /** What the receiver has opened before, in this order. */
  readonly before: readonly string[];
}

type SealedCase =
  | (SealedFields & {
      readonly result: 'opened';
      readonly receiver: string;
      readonly keyPhase: KeyPhase;
      readonly counter: number;
      /** The key of this packet: the present one, or the next one in the other phase. */
      readonly key: string;
      readonly header: string;
      readonly nonce: string;
      readonly plaintext: string;
      readonly sealed: string;
      readonly datagram: string;
    })
  | (SealedFields & { readonly result: 'dropped'; readonly cause: string; readonly datagram: string });

function packetIn(datagram: Uint8Array): TransportPacket {
  const decoded = decodePacket(Uint8Array.from(datagram));
  if (decoded.type !== 'packet' || decoded.packet.type !== 'transport')
    throw new Error('no TRANSPORT packet');
  return decoded.packet;
}

/** A receiver with the keys of a case, behind the packets that it has opened before. */
function receiverOf({ presentKey, before: earlier }: SealedFields): PacketCrypto {
  const receiver = new PacketCrypto(0, {
    aead: sodiumAead,
    keys: { send: new Uint8Array(32), receive: fromHex(presentKey) },
    localIndex: 1,
    remoteIndex: 2,
  });
  for (const datagram of earlier)
    expect(receiver.open(0, packetIn(fromHex(datagram)), 300)).toMatchObject({ type: 'opened' });
  return receiver;
}

describeVectors<SealedCase>('sealed-packets', {
  opened(vector) {
    const { presentKey, keyPhase, counter, receiver } = vector;
    const key = keyPhase === 0 ? fromHex(presentKey) : rekey(fromHex(presentKey));
    const plaintext = fromHex(vector.plaintext);
    const header = encodePacket({
      type: 'transport',
      receiver: Number.parseInt(receiver, 16),
      keyPhase,
      counter,
      header: new Uint8Array(0),
      sealed: new Uint8Array(0),
    }).subarray(0, transportLayout.sealed);
    const nonce = noiseNonce(counter);
    const sealed = chaChaSeal(key, nonce, header, plaintext);
    expect(chaChaOpen(key, nonce, header, sealed)).toEqual(plaintext);
    const datagram = Uint8Array.from([...header, ...sealed]);
    expect(receiverOf(vector).open(0, packetIn(datagram), 300)).toMatchObject({ type: 'opened', plaintext });
    if (keyPhase === 0 && counter < 2) expect(sealedByProgram(vector, plaintext)).toBe(toHex(datagram));
    return {
      name: vector.name,
      result: 'opened',
      presentKey,
      before: vector.before,
      receiver,
      keyPhase,
      counter,
      key: toHex(key),
      header: toHex(header),
      nonce: toHex(nonce),
      plaintext: toHex(plaintext),
      sealed: toHex(sealed),
      datagram: toHex(datagram),
    };
  },
  dropped(vector) {
    const opened = receiverOf(vector).open(0, packetIn(fromHex(vector.datagram)), 300);
    if (opened.type === 'opened') throw new Error('the packet opens');
    return { ...vector, cause: opened.cause };
  },
});

/** What a sender of this program seals as the packet of this counter. */
function sealedByProgram(
  { presentKey, receiver, counter }: Extract<SealedCase, { result: 'opened' }>,
  plaintext: Uint8Array,
): string {
  const sender = new PacketCrypto(0, {
    aead: sodiumAead,
    keys: { send: fromHex(presentKey), receive: new Uint8Array(32) },
    localIndex: 2,
    remoteIndex: Number.parseInt(receiver, 16),
  });
  while (sender.nextCounter < counter) sender.seal(0, plaintext);
  return toHex(sender.seal(0, plaintext));
}
