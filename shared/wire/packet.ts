/** Channels in the order in which waiting messages leave; their position is their number on the wire. */
export const channels = ['control', 'chat', 'bulk'] as const;
export type Channel = (typeof channels)[number];

/** Reasons of a CLOSE; their position is their number on the wire. */
export const closeReasons = ['goodbye', 'displaced', 'refused'] as const;
export type CloseReason = (typeof closeReasons)[number];

/**
 * The name of a connection at one of its ends: a random number that this end chose. A packet carries the receiver's.
 */
export type ConnectionIndex = number;

/** What a datagram says, once its form is proved; docs/PROTOCOL.md sections 2 and 3. Byte fields share its memory. */
export type Packet =
  /** "I speak these versions", to a packet of another version, whose checksum it repeats. */
  | { readonly type: 'version'; readonly answeredChecksum: number; readonly versions: readonly number[] }
  | {
      readonly type: 'initiation';
      readonly sender: ConnectionIndex;
      /** From a RETRY; empty without one. */
      readonly token: Uint8Array;
      /** The first message of Noise XX: the initiator's ephemeral key. */
      readonly message: Uint8Array;
    }
  /** "Say that again with this token." */
  | { readonly type: 'retry'; readonly receiver: ConnectionIndex; readonly token: Uint8Array }
  | {
      readonly type: 'response';
      readonly receiver: ConnectionIndex;
      readonly sender: ConnectionIndex;
      readonly message: Uint8Array;
    }
  | { readonly type: 'confirmation'; readonly receiver: ConnectionIndex; readonly message: Uint8Array }
  | TransportPacket
  /** "I do not know the connection of the packet that had these bytes at 4 to 16." A hint, no proof. */
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

/** Flips with each new key of the sender. */
export type KeyPhase = 0 | 1;

export type PacketOf<Type extends Packet['type']> = Extract<Packet, { type: Type }>;
