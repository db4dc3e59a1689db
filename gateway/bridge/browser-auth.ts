import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { linksOpenMax, sessionsKeptMax } from '../../shared/limits.ts';
import type { AuthStore } from './browser-auth-store.ts';

/** 256 bits cannot be guessed, so wrong guesses need no limit. */
const secretBytes = 32;

/** The answer to a browser that brings a link's secret. */
export type EntryResult =
  /** Set this as the cookie. */
  | { readonly type: 'granted'; readonly token: string }
  /** Its cookie was valid already. */
  | { readonly type: 'known' }
  | { readonly type: 'refused' };

/**
 * Decides which browsers may use this gateway. A link carries a secret that works once. The browser that brings it gets a
 * cookie that works until it is dropped from the record. Secrets live in memory only.
 */
export class BrowserAuth {
  readonly gatewayId: string;
  readonly #store: AuthStore;
  readonly #onSaveFailed: (error: unknown) => void;
  /** SHA-256 of what was handed out, the oldest first. */
  readonly #secretHashes: Buffer[] = [];
  readonly #tokenHashes: Buffer[];

  /**
   * `onSaveFailed` is called when the disk refuses. A browser that enters now needs a new link after a restart, which
   * is better than keeping the user out.
   */
  constructor(store: AuthStore, onSaveFailed: (error: unknown) => void) {
    this.#store = store;
    this.#onSaveFailed = onSaveFailed;
    const record = store.load();
    this.gatewayId = record?.gatewayId ?? randomBytes(8).toString('hex');
    this.#tokenHashes = (record?.tokenHashes ?? []).map((hash) => Buffer.from(hash, 'hex'));
    if (record === undefined) this.#save();
  }

  /** Cookies ignore ports, so each gateway of a machine needs a name of its own. */
  get cookieName(): string {
    return `chatagram-${this.gatewayId}`;
  }

  /** A new secret for a link, base64url. */
  newSecret(): string {
    const secret = randomBytes(secretBytes).toString('base64url');
    this.#secretHashes.push(hashOf(secret));
    if (this.#secretHashes.length > linksOpenMax) this.#secretHashes.shift();
    return secret;
  }

  /** Uses up the secret in every case: a link works once, also in a browser with a valid cookie. */
  enter(secret: string, cookieToken: string | undefined): EntryResult {
    const isSecretValid = this.#useUp(secret);
    if (this.isValidToken(cookieToken)) return { type: 'known' };
    return isSecretValid ? { type: 'granted', token: this.#newToken() } : { type: 'refused' };
  }

  isValidToken(token: string | undefined): boolean {
    return token !== undefined && indexOfHash(this.#tokenHashes, hashOf(token)) !== -1;
  }

  #useUp(secret: string): boolean {
    const index = indexOfHash(this.#secretHashes, hashOf(secret));
    if (index === -1) return false;
    this.#secretHashes.splice(index, 1);
    return true;
  }

  #newToken(): string {
    const token = randomBytes(secretBytes).toString('base64url');
    this.#tokenHashes.push(hashOf(token));
    if (this.#tokenHashes.length > sessionsKeptMax) this.#tokenHashes.shift();
    this.#save();
    return token;
  }

  #save(): void {
    const tokenHashes = this.#tokenHashes.map((hash) => hash.toString('hex'));
    try {
      this.#store.save({ gatewayId: this.gatewayId, tokenHashes });
    } catch (error) {
      this.#onSaveFailed(error);
    }
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Takes the same time wherever the hash stands and however much of it matches. */
function indexOfHash(hashes: readonly Buffer[], wanted: Buffer): number {
  let found = -1;
  hashes.forEach((hash, index) => {
    if (timingSafeEqual(hash, wanted)) found = index;
  });
  return found;
}
