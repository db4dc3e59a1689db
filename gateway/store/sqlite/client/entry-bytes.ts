import {
  digestFromBytes,
  installationIdFromBytes,
  messageIdFromBytes,
  peerKeyFromBytes,
  roomIdFromBytes,
  serverEpochFromBytes,
} from '../../../../shared/ids.ts';
import { ByteWriter } from '../../../../shared/rooms/byte-writer.ts';
import { writePoint, type LogEntry, type LogPoint } from '../../../../shared/rooms/entry.ts';

/**
 * An entry of a log without its content, as a client's database keeps it. Each field has its place, because CBOR took a quarter of
 * the time that a client needs to write an entry. The kind is at the end.
 */
export function entryToBytes({ header, signature, position }: LogEntry): Uint8Array {
  const { clockOffsetMs } = header;
  const writer = new ByteWriter(fieldsBytes + header.kind.length)
    .hex(header.room)
    .hex(header.author)
    .hex(header.installation)
    .hex(header.id.replaceAll('-', ''))
    .hex(header.contentHash)
    .int64(header.sequence)
    .int64(header.sentAtMs)
    .byte(clockOffsetMs === undefined ? 0 : 1)
    .int64(clockOffsetMs ?? 0);
  return writePoint(writer, header.parent)
    .hex(position.epoch)
    .int64(position.seq)
    .int64(position.takenAtMs)
    .raw(signature)
    .ascii(header.kind).bytes;
}

/** Returns undefined unless the bytes are an entry. A database may come from outside. */
export function entryFromBytes(bytes: Uint8Array): LogEntry | undefined {
  if (bytes.length <= fieldsBytes || bytes.length > fieldsBytes + kindCharactersMax) return undefined;
  const reader = new ByteReader(bytes);
  const room = roomIdFromBytes(reader.take(16));
  const author = peerKeyFromBytes(reader.take(32));
  const installation = installationIdFromBytes(reader.take(8));
  const id = messageIdFromBytes(reader.take(16));
  const contentHash = digestFromBytes(reader.take(32));
  const sequence = reader.int64();
  const sentAtMs = reader.int64();
  const hasOffset = reader.take(1)[0] === 1;
  const offsetMs = reader.int64();
  const parent: LogPoint = {
    epoch: serverEpochFromBytes(reader.take(8)),
    seq: reader.int64(),
    hash: digestFromBytes(reader.take(32)),
  };
  const epoch = serverEpochFromBytes(reader.take(8));
  const seq = reader.int64();
  const takenAtMs = reader.int64();
  const signature = reader.take(signatureBytes).slice();
  const kind = String.fromCharCode(...bytes.subarray(fieldsBytes));
  const counts = [sequence - 1, seq - 1, parent.seq];
  const isWhole =
    id !== undefined &&
    /^[a-z-]+$/.test(kind) &&
    counts.every((count) => count >= 0) &&
    [...counts, sentAtMs, offsetMs, takenAtMs].every(Number.isSafeInteger);
  if (!isWhole) return undefined;
  return {
    header: {
      room,
      author,
      installation,
      sequence,
      id,
      kind,
      contentHash,
      sentAtMs,
      ...(hasOffset ? { clockOffsetMs: offsetMs } : {}),
      parent,
    },
    signature,
    content: null,
    position: { epoch, seq, takenAtMs },
  };
}

const kindCharactersMax = 32;
const signatureBytes = 64;
/** All fields but the kind. */
const fieldsBytes = 16 + 32 + 8 + 16 + 32 + 8 + 8 + 1 + 8 + (8 + 8 + 32) + (8 + 8 + 8) + signatureBytes;

class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** As ByteWriter.int64. */
  int64(): number {
    this.#at += 8;
    return this.#view.getInt32(this.#at - 8) * 2 ** 32 + this.#view.getUint32(this.#at - 4);
  }
}
