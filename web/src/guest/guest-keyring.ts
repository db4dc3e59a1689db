import { fromHex, toHex } from '../../../shared/ids.ts';
import { equalBytes } from '../../../shared/guests/handshake-format.ts';
import type { KeyValueStorage } from '../bridge/command-storage.ts';
import { guestKeysOf, newGuestKeys, type GuestKeys, type RandomBytes } from './noise.ts';

/** The guest that this browser is at one gateway. It is all that the page of a guest keeps, beside the look and the language. */
export interface GuestIdentity {
  readonly keys: GuestKeys;
  /** Null until the gateway has let the guest in. From then on, no other gateway gets to know this guest. */
  readonly gatewayKeyHash: Uint8Array | null;
  /** The gateway knows the nickname of the guest, as far as this page can tell. */
  readonly isKnown: boolean;
}

interface StoredIdentity {
  readonly secretKey: string;
  readonly gatewayKeyHash: string | null;
  readonly isKnown: boolean;
}

const place = 'chatagram:guest';
/** Several hosts can have one address one after the other. Past it, the one that was visited first is forgotten. */
const identitiesMax = 8;

/** The identities of a guest in this browser, the latest first. */
export class GuestKeyring {
  readonly #storage: KeyValueStorage;
  readonly #random: RandomBytes;

  constructor(storage: KeyValueStorage, random: RandomBytes) {
    this.#storage = storage;
    this.#random = random;
  }

  /**
   * The identity at the gateway with this key hash, or without a hash the latest one. Without one, it is an identity that no gateway has let
   * in, so that a page that is loaded again while it waits is the same visitor.
   */
  identityAt(gatewayKeyHash: Uint8Array | null): GuestIdentity {
    const all = this.#all();
    if (gatewayKeyHash === null) return all[0] ?? this.newIdentity();
    const isThere = ({ gatewayKeyHash: known }: GuestIdentity): boolean =>
      known !== null && equalBytes(known, gatewayKeyHash);
    return all.find(isThere) ?? all.find((each) => each.gatewayKeyHash === null) ?? this.newIdentity();
  }

  newIdentity(): GuestIdentity {
    const identity = { keys: newGuestKeys(this.#random), gatewayKeyHash: null, isKnown: false };
    this.keep(identity);
    return identity;
  }

  keep(identity: GuestIdentity): void {
    this.#save([identity, ...this.#others(identity)]);
  }

  forget(identity: GuestIdentity): void {
    this.#save(this.#others(identity));
  }

  #others({ keys }: GuestIdentity): readonly GuestIdentity[] {
    return this.#all().filter((each) => !equalBytes(each.keys.publicKey, keys.publicKey));
  }

  #all(): readonly GuestIdentity[] {
    return parseIdentities(this.#storage.getItem(place));
  }

  #save(identities: readonly GuestIdentity[]): void {
    const stored = identities.slice(0, identitiesMax).map(({ keys, gatewayKeyHash, isKnown }) => ({
      secretKey: toHex(keys.secretKey),
      gatewayKeyHash: gatewayKeyHash === null ? null : toHex(gatewayKeyHash),
      isKnown,
    }));
    if (stored.length === 0) this.#storage.removeItem(place);
    else this.#storage.setItem(place, JSON.stringify(stored));
  }
}

/** Ignores what this version did not write. */
function parseIdentities(text: string | null): readonly GuestIdentity[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(value)) return [];
    return value
      .slice(0, identitiesMax)
      .filter(isStored)
      .map(({ secretKey, gatewayKeyHash, isKnown }) => ({
        keys: guestKeysOf(fromHex(secretKey)),
        gatewayKeyHash: gatewayKeyHash === null ? null : fromHex(gatewayKeyHash),
        isKnown,
      }));
  } catch {
    return [];
  }
}

function isStored(value: unknown): value is StoredIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { secretKey, gatewayKeyHash, isKnown } = value as Readonly<Record<string, unknown>>;
  return (
    isHex(secretKey, 64) &&
    (gatewayKeyHash === null || isHex(gatewayKeyHash, 32)) &&
    typeof isKnown === 'boolean'
  );
}

function isHex(value: unknown, length: number): boolean {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]*$/u.test(value);
}
