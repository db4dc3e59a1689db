import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { accessCodeBytes, parseAccessCode, type Link } from '../../shared/bridge/access.ts';
import { nonceBytes, proofText, type ProofTerms } from '../../shared/bridge/browser-proof.ts';
import { encodeBase32, inGroupsOfFour } from '../../shared/base32.ts';
import { accessCodeTriesMax, browsersMax, linkLifetimeMs, linksOpenMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import type { AuthStore, KnownBrowser } from './browser-auth-store.ts';
import { isPublicKey, isSignature, newPrivateKey, ProofKey } from './proof-key.ts';

/** 256 bits cannot be guessed, so wrong guesses need no limit. */
const secretBytes = 32;
const browserIdBytes = 4;
/** A browser that stays connected is not written to the disk for each of its connections. */
const lastSeenPrecisionMs = 60_000;

/** What a browser brings to get in: the secret of a link, or the code that the user typed. */
export type Credential = { readonly secret: string } | { readonly code: string };

/** The browser that asks to get in. */
export interface Entrant {
  readonly credential: Credential;
  /** Null for a browser that has no key, as on the network. */
  readonly publicKey: string | null;
  readonly name: string;
  /** The token of its cookie, if it has one. A browser that is known already keeps its row in the list. */
  readonly token: string | undefined;
}

export type EntryResult =
  /** Set the token as the cookie. */
  | { readonly type: 'granted'; readonly token: string; readonly browserId: string }
  /** The link was used, has expired, or is wrong. */
  | { readonly type: 'link-not-valid' }
  | { readonly type: 'code-not-valid' }
  /** Not a point of P-256. */
  | { readonly type: 'key-not-valid' };

/** The terms of one connection, and the gateway's proof of its key, which comes first. */
export interface GatewayProof {
  readonly terms: ProofTerms;
  readonly signature: string;
}

/** A link and its code. They end together: when one is used, when they expire, or when newer ones replace them. */
interface OpenLink {
  readonly secretHash: Buffer;
  readonly codeHash: Buffer;
  readonly expiresAtMonotonicMs: number;
}

export interface BrowserAuthOptions {
  readonly store: AuthStore;
  readonly now: () => Moment;
  /**
   * Called when the disk refuses. A browser that enters now needs a new link after a restart, which is better than keeping
   * the user out.
   */
  readonly onSaveFailed: (error: unknown) => void;
  /** Called when a link ends: its secret was used or is too old. */
  readonly onLinkEnded?: (secretHash: string) => void;
}

/**
 * Decides which browsers may use this gateway. A link carries a secret that works once. The browser that brings it gets a cookie, and
 * registers its key. Later it needs both: the cookie goes to every port of this computer, but the key never leaves the browser.
 * Links live in memory only.
 */
export class BrowserAuth {
  readonly gatewayId: string;
  readonly #options: BrowserAuthOptions;
  readonly #key: ProofKey;
  readonly #privateKey: ReturnType<typeof newPrivateKey>;
  /** The oldest first. */
  #links: OpenLink[] = [];
  /** Only the newest link has a code that works. */
  #codeTriesLeft = 0;
  #browsers: KnownBrowser[];

  constructor(options: BrowserAuthOptions) {
    this.#options = options;
    const record = options.store.load();
    this.gatewayId = record?.gatewayId ?? randomBytes(8).toString('hex');
    this.#privateKey = record?.key ?? newPrivateKey();
    this.#key = new ProofKey(this.#privateKey);
    this.#browsers = [...(record?.browsers ?? [])];
    if (record === undefined) this.#save();
  }

  /** Cookies ignore ports, so each gateway of a machine needs a name of its own. */
  get cookieName(): string {
    return `chatagram-${this.gatewayId}`;
  }

  get gatewayKey(): string {
    return this.#key.publicKey;
  }

  // --- getting in ------------------------------------------------------------------------------------------

  /** Returns a new link to the app at this address. */
  newLink(address: string): Link {
    this.#endOldLinks();
    const secret = randomBytes(secretBytes).toString('base64url');
    const code = encodeBase32(randomBytes(accessCodeBytes));
    const { monotonicMs, wallMs } = this.#options.now();
    this.#links.push({
      secretHash: hashOf(secret),
      codeHash: hashOf(code),
      expiresAtMonotonicMs: monotonicMs + linkLifetimeMs,
    });
    this.#codeTriesLeft = accessCodeTriesMax;
    if (this.#links.length > linksOpenMax) this.#endLink(this.#links[0]);
    return {
      link: `${address}#s=${secret}`,
      address,
      code: inGroupsOfFour(code),
      expiresAtMs: wallMs + linkLifetimeMs,
    };
  }

  /** Uses up the link in every case, also for a browser that is known already. */
  enter({ credential, publicKey, name, token }: Entrant): EntryResult {
    if (publicKey !== null && !isPublicKey(publicKey)) return { type: 'key-not-valid' };
    this.#endOldLinks();
    const link =
      'code' in credential ? this.#linkByCode(credential.code) : this.#linkBySecret(credential.secret);
    if (link === undefined) return { type: 'code' in credential ? 'code-not-valid' : 'link-not-valid' };
    this.#endLink(link);
    return this.#admit(publicKey, name, this.#browserOf(token));
  }

  /** Ends links that are too old. */
  #endOldLinks(): void {
    const { monotonicMs } = this.#options.now();
    for (const link of this.#links.filter((each) => each.expiresAtMonotonicMs <= monotonicMs))
      this.#endLink(link);
  }

  #linkBySecret(secret: string): OpenLink | undefined {
    return this.#links.find(hasHash('secretHash', secret));
  }

  #linkByCode(text: string): OpenLink | undefined {
    const newest = this.#links.at(-1);
    if (newest === undefined || this.#codeTriesLeft === 0) return undefined;
    const code = parseAccessCode(text);
    if (code !== undefined && hasHash('codeHash', code)(newest)) return newest;
    this.#codeTriesLeft -= 1;
    return undefined;
  }

  #endLink(link: OpenLink | undefined): void {
    if (link === undefined) return;
    // The code of an older link does not come back.
    if (link === this.#links.at(-1)) this.#codeTriesLeft = 0;
    this.#links = this.#links.filter((other) => other !== link);
    this.#options.onLinkEnded?.(link.secretHash.toString('hex'));
  }

  #admit(publicKey: string | null, name: string, known: KnownBrowser | undefined): EntryResult {
    const token = randomBytes(secretBytes).toString('base64url');
    const { wallMs } = this.#options.now();
    const browser: KnownBrowser = {
      id: known?.id ?? this.#newId(),
      name,
      addedAtMs: known?.addedAtMs ?? wallMs,
      lastSeenAtMs: wallMs,
      tokenHash: hashOf(token).toString('hex'),
      publicKey,
    };
    this.#browsers = this.#browsers.filter((other) => other !== known);
    if (this.#browsers.length >= browsersMax) {
      const leastRecent = Math.min(...this.#browsers.map((each) => each.lastSeenAtMs));
      this.#browsers.splice(
        this.#browsers.findIndex((each) => each.lastSeenAtMs === leastRecent),
        1,
      );
    }
    this.#browsers.push(browser);
    this.#save();
    return { type: 'granted', token, browserId: browser.id };
  }

  #newId(): string {
    for (;;) {
      const id = randomBytes(browserIdBytes).toString('hex');
      if (!this.#browsers.some((each) => each.id === id)) return id;
    }
  }

  // --- coming back -----------------------------------------------------------------------------------------

  /** Returns the browser that has this token in its cookie. The token alone opens nothing. */
  browserId(token: string | undefined): string | undefined {
    return this.#browserOf(token)?.id;
  }

  /** Proves the gateway's key to a tab. */
  prove(origin: string, tabNonce: string): GatewayProof {
    const gatewayNonce = randomBytes(nonceBytes).toString('base64url');
    const terms = { origin, gatewayKey: this.gatewayKey, tabNonce, gatewayNonce };
    return { terms, signature: this.#key.sign(proofText('gateway', terms)) };
  }

  /** Whether the browser has proved its key on these terms. */
  isProved(browserId: string, terms: ProofTerms, signature: string): boolean {
    const browser = this.#browsers.find(({ id }) => id === browserId);
    if (browser === undefined) return false;
    return (
      browser.publicKey === null || isSignature(browser.publicKey, proofText('browser', terms), signature)
    );
  }

  /** The browser is connected now, or was until now. */
  seen(browserId: string): void {
    const { wallMs } = this.#options.now();
    const index = this.#browsers.findIndex(({ id }) => id === browserId);
    const browser = this.#browsers[index];
    if (browser === undefined || Math.abs(wallMs - browser.lastSeenAtMs) < lastSeenPrecisionMs) return;
    this.#browsers[index] = { ...browser, lastSeenAtMs: wallMs };
    this.#save();
  }

  /** The one added first comes first. */
  browsers(): readonly KnownBrowser[] {
    return this.#browsers;
  }

  /** Returns false without such a browser. */
  signOut(browserId: string): boolean {
    const kept = this.#browsers.filter(({ id }) => id !== browserId);
    if (kept.length === this.#browsers.length) return false;
    this.#browsers = kept;
    this.#save();
    return true;
  }

  #browserOf(token: string | undefined): KnownBrowser | undefined {
    if (token === undefined) return undefined;
    const hash = hashOf(token);
    return this.#browsers.find(({ tokenHash }) => timingSafeEqual(Buffer.from(tokenHash, 'hex'), hash));
  }

  #save(): void {
    const { gatewayId } = this;
    try {
      this.#options.store.save({ gatewayId, key: this.#privateKey, browsers: this.#browsers });
    } catch (error) {
      this.#options.onSaveFailed(error);
    }
  }
}

/** The name by which `onLinkEnded` tells a link. */
export function linkHash({ link }: Pick<Link, 'link'>): string {
  return hashOf(link.slice(link.indexOf('#s=') + '#s='.length)).toString('hex');
}

function hasHash(key: 'secretHash' | 'codeHash', text: string) {
  const hash = hashOf(text);
  // A hash tells nothing of the secret, so it does not matter which one the comparison stops at.
  return (link: OpenLink): boolean => timingSafeEqual(link[key], hash);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
