import { checkAccess, exchange, secretIn, type Credential, type EntryResult } from '../bridge/access.ts';
import { hasKeys, publicKeyText } from '../browser/browser-proof.ts';
import { allKeys, keepKey, newKey } from '../browser/keyring.ts';
import type { Navigation } from '../browser/navigation.svelte.ts';
import { reloadHelped, reloadOnce } from '../browser/reload.ts';
import type { CodeProblem, NoAccessCause } from '../model/gateway-status.ts';
import type { Access } from './page-way.ts';

/** How this page gets into its gateway: by the secret of a fresh link or its code, and by a reload after an update. */
export class PageAccess implements Access {
  readonly reloadOnce = reloadOnce;
  readonly fits = reloadHelped;
  readonly #navigation: Navigation;
  #linkWasRefused = false;
  /** The gateway set its cookie, and this browser did not keep it. */
  #cookieWasLost = false;

  constructor(navigation: Navigation) {
    this.#navigation = navigation;
  }

  /** Exchanges the secret in the URL, if there is one, for access. A browser that stores nothing does not use it up. */
  async enter(): Promise<void> {
    const secret = secretIn(location.hash);
    if (secret === undefined || (await this.#blockedCause()) !== undefined) return;
    this.#linkWasRefused = (await this.#exchange({ secret })).type === 'refused';
    // The user may have opened another link in this page. Its secret has to stay.
    if (secretIn(location.hash) === secret) this.#navigation.dropHash();
  }

  /** Exchanges the code that the user typed for access. Returns null if that worked, or this browser cannot keep access. */
  async useCode(code: string): Promise<CodeProblem | null> {
    const { type } = await this.#exchange({ code });
    this.#linkWasRefused = false;
    if (type === 'entered') return null;
    return type === 'refused' ? 'wrong' : 'unreachable';
  }

  /**
   * Asks by HTTP why the gateway refused: to a page, a refused upgrade looks like any other failure. Returns undefined if
   * this browser has access or the gateway does not answer.
   */
  async causeOfRefusal(): Promise<NoAccessCause | undefined> {
    return (await checkAccess(fetchFromGateway)) === 'missing' ? this.causeWithoutAccess() : undefined;
  }

  /** Returns why this browser has no access. */
  async causeWithoutAccess(): Promise<NoAccessCause> {
    const blocked = await this.#blockedCause();
    if (blocked !== undefined) return blocked;
    if (this.#linkWasRefused) return 'refused-link';
    return hasKeys && (await allKeys()).length > 0 ? 'signed-out' : 'no-link';
  }

  async #exchange(credential: Credential): Promise<EntryResult> {
    const keys = hasKeys ? await newKey() : undefined;
    const publicKey = keys === undefined ? null : await publicKeyText(keys);
    const result = await exchange(fetchFromGateway, credential, publicKey);
    if (result.type !== 'entered') return result;
    const { gatewayKey, browser } = result;
    if (keys !== undefined) await keepKey({ gatewayKey, browser, addedAtMs: Date.now(), keys });
    this.#cookieWasLost = (await checkAccess(fetchFromGateway)) === 'missing';
    return result;
  }

  /** A browser that blocks cookies or storage cannot keep its access. */
  async #blockedCause(): Promise<NoAccessCause | undefined> {
    if (!navigator.cookieEnabled || this.#cookieWasLost) return 'cookies-blocked';
    if (!hasKeys) return undefined;
    try {
      // A browser may store other values, but no keys.
      await newKey();
      return undefined;
    } catch {
      return 'storage-blocked';
    }
  }
}

function fetchFromGateway(path: string, init?: RequestInit): Promise<Response> {
  return fetch(path, init);
}
