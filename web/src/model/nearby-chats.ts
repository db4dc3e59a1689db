import { encodeBase32 } from '../../../shared/base32.ts';
import type { NearbyChat, NearbyPhase } from '../../../shared/bridge/schema.ts';
import { peerKeyToBytes } from '../../../shared/ids.ts';
import { formatServer } from '../../../shared/join-address-text.ts';

/** The chats on the local network as the first screen shows them. */
export interface NearbyList {
  readonly phase: NearbyPhase;
  readonly chats: readonly NearbyChat[];
}

/** Before the gateway has said anything. */
export const nothingNearby: NearbyList = { phase: 'asking', chats: [] };

/** The join address of a chat with its whole key, so that no other server can take its place. */
export function joinAddressOf({ addresses, key }: NearbyChat): string {
  return formatServer({ address: addresses[0] ?? '', key: encodeBase32(peerKeyToBytes(key)) });
}

/** Returns the name of a chat, or its address where it has no name. */
export function nearbyTitle({ name, addresses }: NearbyChat): string {
  return name === '' ? (addresses[0] ?? '') : name;
}
