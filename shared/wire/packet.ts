import type { PeerKey } from '../ids.ts';

/** A connection's name: 8 random bytes chosen by the initiator, as one number, which serves as a map key. */
export type ConnectionId = bigint;

/** Channels in the order in which waiting messages leave; their position is their number on the wire. */
export const channels = ['control', 'chat', 'bulk'] as const;
export type Channel = (typeof channels)[number];

/** Reasons of a CLOSE; their position is their number on the wire. */
export const closeReasons = ['goodbye', 'displaced', 'refused'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** What a datagram says, once its form is proved; docs/PROTOCOL.md sections 2 and 3. */
export type Packet =
  /** "I speak these versions", to a packet of another version, whose checksum it repeats. */
  | { readonly type: 'version'; readonly answeredChecksum: number; readonly versions: readonly number[] }
  | {
      readonly type: 'hello';
      readonly connection: ConnectionId;
      readonly initiator: PeerKey;
      /** Null: whoever lives at this address. */
      readonly expected: PeerKey | null;
    }
  | {
      readonly type: 'welcome';
      readonly connection: ConnectionId;
      readonly responder: PeerKey;
      /** To be repeated in the CONFIRM: shows that the initiator receives at its address. */
      readonly nonce: bigint;
    }
  | { readonly type: 'confirm'; readonly connection: ConnectionId; readonly nonce: bigint }
  | DataPacket
  | { readonly type: 'ack'; readonly connection: ConnectionId; readonly sequence: number }
  | { readonly type: 'ping'; readonly connection: ConnectionId; readonly sequence: number }
  | { readonly type: 'reset'; readonly connection: ConnectionId }
  | { readonly type: 'close'; readonly connection: ConnectionId; readonly reason: CloseReason };

export interface DataPacket {
  readonly type: 'data';
  readonly connection: ConnectionId;
  readonly sequence: number;
  readonly channel: Channel;
  /** From 0 to fragmentCount - 1. */
  readonly fragmentIndex: number;
  readonly fragmentCount: number;
  readonly payload: Uint8Array;
}

export type PacketOf<Type extends Packet['type']> = Extract<Packet, { type: Type }>;
