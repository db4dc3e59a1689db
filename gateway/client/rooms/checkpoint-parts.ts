import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { RoomId } from '../../../shared/ids.ts';
import { roomCheckpointBytesMax } from '../../../shared/limits.ts';
import type { SignedCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import { isSamePoint, type LogPoint } from '../../../shared/rooms/entry.ts';

interface Parts {
  readonly point: LogPoint;
  readonly size: number;
  readonly signature: Uint8Array;
  readonly parts: Uint8Array[];
  length: number;
}

/** Puts the checkpoint of one room at a time together, so that a server cannot fill the memory. */
export class CheckpointParts {
  #open: { readonly room: RoomId; readonly parts: Parts } | null = null;

  /** Takes a part. Returns the checkpoint with its last one. A part that does not follow begins again, or is dropped. */
  take(message: ProtocolMessageOf<'room-checkpoint'>): SignedCheckpoint | undefined {
    const { room, point, signature, size, offset, bytes } = message;
    if (size > roomCheckpointBytesMax || bytes.length === 0) return undefined;
    if (offset === 0) this.#open = { room, parts: { point, size, signature, parts: [], length: 0 } };
    const parts = this.#open?.room === room ? this.#open.parts : undefined;
    if (parts === undefined || parts.length !== offset || parts.size !== size) return undefined;
    if (!isSamePoint(parts.point, point) || offset + bytes.length > size) return undefined;
    parts.parts.push(bytes);
    parts.length += bytes.length;
    if (parts.length < size) return undefined;
    this.#open = null;
    return { bytes: concatenated(parts.parts, size), signature };
  }

  clear(): void {
    this.#open = null;
  }
}

function concatenated(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
