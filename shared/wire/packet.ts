import type { Pattern } from './layout.ts';

/** Channels in the order in which waiting messages leave; their index is their number on the wire. */
export const channels = ['control', 'chat', 'bulk'] as const;
export type Channel = (typeof channels)[number];

/** Reasons of a CLOSE; their index is their number on the wire. */
export const closeReasons = ['goodbye', 'displaced', 'refused'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** Names a connection at one of its ends: a random number that this end chose. A packet carries the receiver's index. */
export type ConnectionIndex = number;

/** A well-formed datagram (PROTOCOL sections 2 and 3). Byte fields share its memory. */
export type Packet =
  /** Lists the sender's versions, in answer to a packet of another version. Repeats the checksum of that packet. */
  | { readonly type: 'version'; readonly answeredChecksum: number; readonly versions: readonly number[] }
  | {
      readonly type: 'initiation';
      readonly sender: ConnectionIndex;
      /** The token of a RETRY; empty without one. */
      readonly token: Uint8Array;
      readonly pattern: Pattern;
      /** The first Noise message. It begins with the initiator's ephemeral key. */
      readonly message: Uint8Array;
      /** The size of the datagram with its padding. No answer is larger. */
      readonly byteCount: number;
    }
  /** Asks the initiator to repeat its INITIATION with this token. */
  | { readonly type: 'retry'; readonly receiver: ConnectionIndex; readonly token: Uint8Array }
  | {
      readonly type: 'response';
      readonly receiver: ConnectionIndex;
      readonly sender: ConnectionIndex;
      readonly message: Uint8Array;
    }
  | { readonly type: 'confirmation'; readonly receiver: ConnectionIndex; readonly message: Uint8Array }
  | TransportPacket
  /** Says that the connection of the packet with these bytes at 4 to 16 is unknown. A hint, not a proof. */
  | { readonly type: 'reset'; readonly answered: Uint8Array };

export interface TransportPacket {
  readonly type: 'transport';
  readonly receiver: ConnectionIndex;
  readonly keyPhase: KeyPhase;
  readonly counter: number;
  /** The associated data of the AEAD: everything before the ciphertext. */
  readonly header: Uint8Array;
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array;
}

/** Flips with each new sending key. */
export type KeyPhase = 0 | 1;

export type PacketOf<Type extends Packet['type']> = Extract<Packet, { type: Type }>;
