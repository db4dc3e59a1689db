import type { PeerKey, ServerEpoch, SigningKey } from '../../../shared/ids.ts';
import type { Sha256 } from '../../../shared/rooms/entry.ts';
import type { ServerStore } from '../../store/server-store.ts';
import type { Signer } from '../../turn/signer.ts';
import type { Registry } from '../registry.ts';

/** What the rooms of a server are built on. */
export interface RoomPorts {
  readonly store: Pick<ServerStore, 'rooms' | 'facts'>;
  readonly registry: Registry;
  readonly epoch: ServerEpoch;
  /** The server's own keys, and signatures with them. */
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly signer: Signer;
  readonly sha256: Sha256;
  /** Returns the signing key of a peer that is not in the client table; undefined where no identity has this key. */
  readonly signingKeyOf: (peer: PeerKey) => SigningKey | undefined;
  readonly random: (byteCount: number) => Uint8Array;
}
