import { checkAccess, exchangeSecret, secretIn } from '../bridge/access.ts';
import type { Navigation } from '../browser/navigation.svelte.ts';
import type { NoAccessCause } from '../model/gateway-status.ts';

/** How this page gets into its gateway: by the secret of a fresh link, and by a reload after an update. */
export class PageAccess {
  readonly #navigation: Navigation;
  #linkWasRefused = false;

  constructor(navigation: Navigation) {
    this.#navigation = navigation;
  }

  /** Exchanges the secret in the URL, if there is one, for the cookie. */
  async enter(): Promise<void> {
    const secret = secretIn(location.hash);
    if (secret === undefined) return;
    this.#linkWasRefused = (await exchangeSecret(fetchFromGateway, secret)) === 'missing';
    // The user may have opened another link in this page. Its secret has to stay.
    if (secretIn(location.hash) === secret) this.#navigation.dropHash();
  }

  /**
   * Asks by HTTP why the gateway refused: to a page, a refused upgrade looks like any other failure. Returns undefined if
   * this browser has access or the gateway does not answer.
   */
  async causeOfRefusal(): Promise<NoAccessCause | undefined> {
    if ((await checkAccess(fetchFromGateway)) !== 'missing') return undefined;
    return this.#linkWasRefused ? 'refused-link' : 'no-link';
  }

  /**
   * Reloads the page once, because the gateway was updated under an open tab and now serves a page that fits. Returns false
   * if a reload has not helped.
   */
  reloadOnce(): boolean {
    if (sessionStorage.getItem(reloadedKey) !== null) return false;
    sessionStorage.setItem(reloadedKey, '1');
    location.reload();
    return true;
  }

  /** The page fits its gateway, so the next update may reload it again. */
  fits(): void {
    sessionStorage.removeItem(reloadedKey);
  }
}

const reloadedKey = 'chatagram:reloaded';

function fetchFromGateway(path: string, init?: RequestInit): Promise<Response> {
  return fetch(path, init);
}
