import { transportMessageBytesMax } from '../../shared/limits.ts';
import type { DropCause } from '../../shared/trace.ts';
import type { DataPacket, PacketOf } from '../../shared/wire/packet.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Channel } from './events.ts';

/** What a numbered packet led to. */
export type Reception =
  /** Taken; `message` when it was the last fragment of one. */
  | { readonly type: 'taken'; readonly message: Uint8Array | undefined }
  /** Was taken before: to be acknowledged again, since the first ACK may be lost. */
  | { readonly type: 'duplicate' }
  /** Not taken, not to be acknowledged. */
  | { readonly type: 'refused'; readonly cause: DropCause };

/** The receiving half of a connection: numbers in order, fragments put together, one message a channel at a time. */
export class Receiver {
  readonly #budget: ByteBudget;
  readonly #unfinished = new Map<Channel, UnfinishedMessage>();
  #expectedSequence: number;

  constructor(budget: ByteBudget, firstSequence = 1) {
    this.#budget = budget;
    this.#expectedSequence = firstSequence;
  }

  handle(packet: DataPacket | PacketOf<'ping'>): Reception {
    // Numbers wrap: what lies in the half before the expected one is old (RFC 1982 serial number arithmetic).
    const ahead = (packet.sequence - this.#expectedSequence) >>> 0;
    if (ahead >= 0x8000_0000) return { type: 'duplicate' };
    // PROTOCOL 5.2: with one packet in flight no number can be skipped.
    if (ahead > 0) return { type: 'refused', cause: 'malformed' };
    const reception: Reception =
      packet.type === 'ping' ? { type: 'taken', message: undefined } : this.#takeFragment(packet);
    if (reception.type === 'taken') this.#expectedSequence = (packet.sequence + 1) >>> 0;
    return reception;
  }

  /** Forgets unfinished messages. */
  discard(): void {
    for (const unfinished of this.#unfinished.values()) this.#budget.giveBack(unfinished.bytes);
    this.#unfinished.clear();
  }

  #takeFragment(packet: DataPacket): Reception {
    const { channel, fragmentIndex, fragmentCount, payload } = packet;
    const begun = this.#unfinished.get(channel);
    // PROTOCOL 5.5: fragments of a channel come in order, and a message ends before the next begins.
    if (fragmentIndex !== (begun?.fragments.length ?? 0)) return { type: 'refused', cause: 'malformed' };
    if (begun !== undefined && begun.fragmentCount !== fragmentCount) {
      return { type: 'refused', cause: 'malformed' };
    }
    if ((begun?.bytes ?? 0) + payload.length > transportMessageBytesMax) {
      return { type: 'refused', cause: 'malformed' };
    }
    if (fragmentCount === 1) return { type: 'taken', message: payload };
    if (!this.#budget.take(payload.length)) return { type: 'refused', cause: 'limit' };
    const unfinished = begun ?? { fragmentCount, fragments: [], bytes: 0 };
    unfinished.fragments.push(payload);
    unfinished.bytes += payload.length;
    if (unfinished.fragments.length < fragmentCount) {
      this.#unfinished.set(channel, unfinished);
      return { type: 'taken', message: undefined };
    }
    this.#unfinished.delete(channel);
    this.#budget.giveBack(unfinished.bytes);
    return { type: 'taken', message: joined(unfinished) };
  }
}

interface UnfinishedMessage {
  readonly fragmentCount: number;
  readonly fragments: Uint8Array[];
  bytes: number;
}

function joined(unfinished: UnfinishedMessage): Uint8Array {
  const message = new Uint8Array(unfinished.bytes);
  let offset = 0;
  for (const fragment of unfinished.fragments) {
    message.set(fragment, offset);
    offset += fragment.length;
  }
  return message;
}
