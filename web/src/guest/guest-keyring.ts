import { fromHex, toHex } from '../../../shared/ids.ts';
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
    const hash = gatewayKeyHash === null ? null : toHex(gatewayKeyHash);
    const found =
      hash === null
        ? all[0]
        : (all.find((each) => each.gatewayKeyHash === hash) ??
          all.find((each) => each.gatewayKeyHash === null));
    return found === undefined ? this.newIdentity() : identityOf(found);
  }

  newIdentity(): GuestIdentity {
    const identity = { keys: newGuestKeys(this.#random), gatewayKeyHash: null, isKnown: false };
    this.keep(identity);
    return identity;
  }

  keep(identity: GuestIdentity): void {
    this.#save([storedOf(identity), ...this.#others(identity)]);
  }

  forget(identity: GuestIdentity): void {
    this.#save(this.#others(identity));
  }

  #others({ keys }: GuestIdentity): readonly StoredIdentity[] {
    const secretKey = toHex(keys.secretKey);
    return this.#all().filter((each) => each.secretKey !== secretKey);
  }

  #all(): readonly StoredIdentity[] {
    return parseIdentities(this.#storage.getItem(place));
  }

  #save(identities: readonly StoredIdentity[]): void {
    if (identities.length === 0) this.#storage.removeItem(place);
    else this.#storage.setItem(place, JSON.stringify(identities.slice(0, identitiesMax)));
  }
}

/** The public key takes some milliseconds of a phone. */
function identityOf({ secretKey, gatewayKeyHash, isKnown }: StoredIdentity): GuestIdentity {
  return {
    keys: guestKeysOf(fromHex(secretKey)),
    gatewayKeyHash: gatewayKeyHash === null ? null : fromHex(gatewayKeyHash),
    isKnown,
  };
}

function storedOf({ keys, gatewayKeyHash, isKnown }: GuestIdentity): StoredIdentity {
  return {
    secretKey: toHex(keys.secretKey),
    gatewayKeyHash: gatewayKeyHash === null ? null : toHex(gatewayKeyHash),
    isKnown,
  };
}

/** Ignores what this version did not write. */
function parseIdentities(text: string | null): readonly StoredIdentity[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.slice(0, identitiesMax).filter(isStored) : [];
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
