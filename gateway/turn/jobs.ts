import type { EnvelopeHead } from '../../shared/chat/envelope.ts';

/**
 * Work that takes milliseconds of a processor, which a turn must not wait for: a role asks for it, somebody does it
 * meanwhile, and what came of it is the input of a later turn.
 */
export type Job =
  | {
      readonly type: 'seal';
      readonly number: number;
      readonly head: EnvelopeHead;
      readonly plaintext: Uint8Array;
    }
  | {
      readonly type: 'open';
      readonly number: number;
      readonly head: EnvelopeHead;
      readonly sealed: Uint8Array;
    };

export interface JobResult {
  /** The job's. No two jobs of a role have the same one, also not after a fault. */
  readonly number: number;
  /** The envelope or its content; undefined for what cannot be sealed or opened. */
  readonly bytes: Uint8Array | undefined;
}

/** Seals and opens envelopes with one identity's key. */
export interface Sealer {
  /** Undefined when the recipient's key is none that anything can be sealed to. */
  seal(head: EnvelopeHead, plaintext: Uint8Array): Promise<Uint8Array | undefined>;
  /** Undefined unless the envelope is from `head.from`, for this identity, and nothing of it was changed. */
  open(head: EnvelopeHead, sealed: Uint8Array): Promise<Uint8Array | undefined>;
}
