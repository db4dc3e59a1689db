import assert from 'node:assert/strict';
import { datagramBytesMax } from '../../../shared/limits.ts';
import { decodeCbor } from '../../../shared/chat/cbor.ts';
import { decodeContent, decodeMessage, decodeReceipt, encodeMessage } from '../../../shared/chat/codec.ts';
import { padContent, unpadContent } from '../../../shared/chat/envelope.ts';
import { ContentSchema, kindSchemas, ReceiptSchema } from '../../../shared/chat/kinds.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import { decodeRoomContent, encodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import { decodeLogEntry, encodeLogEntry } from '../../../shared/rooms/entry.ts';
import { entryFromBytes, entryToBytes } from '../../store/sqlite/client/entry-bytes.ts';
import { PackedDecoder, packedStartOf, type PackedPart } from '../../../shared/files/packed.ts';
import { datagramChecksum } from '../../../shared/wire/checksum.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { decodeFrames, encodeFrame } from '../../../shared/wire/frames.ts';
import { checksumOffset, packetTypes, typeOffset, versionOffset } from '../../../shared/wire/layout.ts';
import { decodeParameters, encodeParameters } from '../../../shared/wire/parameters.ts';
import { validPackets } from '../../vectors/packet-vectors.ts';
import { vectorBytes } from '../../vectors/vector-files.ts';
import type { ByteMutator } from './byte-mutator.ts';
import { sampleOf } from './sample-messages.ts';

/** A decoder of bytes that any peer may send. */
export interface FuzzTarget {
  /** Valid inputs, of which mutated ones are made. */
  readonly corpus: (random: ByteMutator) => readonly Uint8Array[];
  /** Mends what would stop most mutated inputs at the first check, such as a checksum. */
  readonly mend?: (bytes: Uint8Array, random: ByteMutator) => void;
  /** Decodes. Returns whether the bytes were valid. Must not throw. */
  readonly decode: (bytes: Uint8Array) => boolean;
  /** For valid bytes: throws unless the decoded value is written and read back as the same. */
  readonly readBack: (bytes: Uint8Array) => void;
}

const samplesPerSchema = 30;

export const fuzzTargets = {
  packets: {
    corpus: () => validPackets().map(({ bytes }) => bytes),
    mend: mendChecksum,
    decode: (bytes) => decodePacket(bytes).type === 'packet',
    readBack(bytes) {
      const decoded = decodePacket(bytes);
      if (decoded.type === 'packet') assert.deepEqual(decodePacket(encodePacket(decoded.packet)), decoded);
    },
  },
  frames: {
    corpus: () => vectorBytes('frames', 'plaintext'),
    decode: (bytes) => decodeFrames(bytes) !== 'malformed',
    readBack(bytes) {
      const frames = decodeFrames(bytes);
      if (frames === 'malformed') return;
      const parts = frames.map((frame, place) => encodeFrame(frame, frames[place - 1]));
      assert.deepEqual(decodeFrames(Uint8Array.from(Buffer.concat(parts))), frames);
    },
  },
  parameters: {
    corpus: () => vectorBytes('parameters', 'bytes'),
    decode: (bytes) => decodeParameters(bytes) !== undefined,
    readBack(bytes) {
      const parameters = decodeParameters(bytes);
      if (parameters === undefined) return;
      assert.deepEqual(decodeParameters(encodeParameters(parameters)), parameters);
    },
  },
  messages: {
    corpus: (random) => [
      ...vectorBytes('chat-messages', 'bytes'),
      ...Object.values(kindSchemas).flatMap((schema) =>
        Array.from({ length: samplesPerSchema }, () => sampleOf(schema, random)),
      ),
    ],
    decode: (bytes) => decodeMessage(bytes).type === 'message',
    readBack(bytes) {
      const decoded = decodeMessage(bytes);
      if (decoded.type !== 'message') return;
      assert.deepEqual(decodeMessage(encodeMessage(decoded.message)), decoded);
    },
  },
  envelopes: {
    corpus: (random) => [
      ...vectorBytes('contents', 'bytes'),
      ...[ContentSchema, ReceiptSchema].flatMap((schema) =>
        Array.from({ length: samplesPerSchema }, () => sampleOf(schema, random)),
      ),
    ],
    decode(bytes) {
      const isContent = isValid(decodeContent(bytes));
      return decodeReceipt(bytes) !== undefined || isContent;
    },
    readBack: (bytes) => assert.deepEqual(unpadContent(padContent(bytes)), bytes),
  },
  entries: {
    corpus: () =>
      vectorBytes('room-entries', 'bytes').flatMap((bytes) => {
        const entry = decodeLogEntry(bytes);
        // As it comes from a server, and as a client's database keeps it.
        return entry === undefined ? [bytes] : [bytes, entryToBytes(entry)];
      }),
    decode: (bytes) => decodeLogEntry(bytes) !== undefined || entryFromBytes(bytes) !== undefined,
    readBack(bytes) {
      const stored = entryFromBytes(bytes);
      if (stored !== undefined) assert.deepEqual(entryFromBytes(entryToBytes(stored)), stored);
      const entry = decodeLogEntry(bytes);
      if (entry !== undefined) assert.deepEqual(decodeLogEntry(encodeLogEntry(entry)), entry);
    },
  },
  checkpoints: {
    corpus: () => vectorBytes('room-entries', 'checkpoint'),
    decode: (bytes) => decodeCheckpoint(bytes) !== undefined,
    readBack(bytes) {
      const checkpoint = decodeCheckpoint(bytes);
      if (checkpoint !== undefined)
        assert.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint)), checkpoint);
    },
  },
  'room-contents': {
    corpus: () => vectorBytes('room-contents', 'bytes'),
    decode: (bytes) => roomContentIn(bytes) !== undefined,
    readBack(bytes) {
      const content = roomContentIn(bytes);
      if (content !== undefined) assert.deepEqual(roomContentIn(encodeRoomContent(content)), content);
    },
  },
  'packed-streams': {
    corpus: () => vectorBytes('files', 'bytes').filter(isPackedStream),
    decode: isPackedStream,
    readBack(bytes) {
      const parts = new PackedDecoder(bytes.length).add(bytes);
      const [index] = parts;
      if (index?.type !== 'index') return;
      const start = packedStartOf(index.entries);
      assert.ok(isPacked(parts) && start.type === 'start');
      // The same index, which this program may write in another way.
      assert.deepEqual(new PackedDecoder(start.size).add(start.bytes)[0], index);
    },
  },
  padding: {
    corpus: (random) =>
      Array.from({ length: samplesPerSchema }, () => padContent(sampleOf(ContentSchema, random))),
    decode: (bytes) => unpadContent(bytes) !== undefined,
    readBack(bytes) {
      const content = unpadContent(bytes);
      if (content !== undefined) assert.deepEqual(padContent(content), bytes);
    },
  },
} satisfies Record<string, FuzzTarget>;

export type FuzzTargetName = keyof typeof fuzzTargets;

export interface FuzzReport {
  readonly executions: number;
  /** How many of the inputs were valid. */
  readonly valid: number;
}

/** Decodes so many mutated inputs. Throws with the input if a decoder throws, or does not read back what it has read. */
export function fuzzDecoder(name: FuzzTargetName, executions: number, random: ByteMutator): FuzzReport {
  const target: FuzzTarget = fuzzTargets[name];
  const corpus = target.corpus(random);
  let valid = 0;
  for (let execution = 0; execution < executions; execution++) {
    const bytes = random.mutate(random.oneOf(corpus), random.oneOf(corpus));
    target.mend?.(bytes, random);
    try {
      if (!target.decode(bytes)) continue;
      // Reading back costs far more than decoding.
      if (valid++ % readBackEvery === 0) target.readBack(bytes);
    } catch (error) {
      throw new Error(`${name}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
    }
  }
  return { executions, valid };
}

/** The content of a room in the bytes, under the kind that they name themselves. */
function roomContentIn(bytes: Uint8Array): RoomContent | undefined {
  const value = decodeCbor(bytes);
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const decoded = decodeRoomContent(typeof kind === 'string' ? kind : '', bytes);
  return decoded.type === 'content' ? decoded.content : undefined;
}

/** A decoder says `undefined`, or names what is wrong in `type`. */
function isValid(decoded: unknown): boolean {
  if (typeof decoded !== 'object' || decoded === null) return false;
  return !('type' in decoded) || decoded.type === 'content';
}

const readBackEvery = 16;
export const fuzzBytesMax = datagramBytesMax;

/** Half of the packets that have a checksum get the right one. */
function mendChecksum(bytes: Uint8Array, random: ByteMutator): void {
  const isSummed = bytes[versionOffset] === 0 || bytes[typeOffset] === packetTypes.initiation;
  if (bytes.length < 8 || !isSummed || random.below(2) === 0) return;
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(
    checksumOffset,
    datagramChecksum(bytes),
  );
}

function isPackedStream(bytes: Uint8Array): boolean {
  return isPacked(new PackedDecoder(bytes.length).add(bytes));
}

function isPacked(parts: readonly PackedPart[]): boolean {
  return parts.at(-1)?.type === 'end';
}
