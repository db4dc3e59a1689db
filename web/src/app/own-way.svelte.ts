import { bridgeUrl, browserSocketPorts } from '../bridge/browser-ports.ts';
import { BrowserProver } from '../browser/browser-proof.ts';
import { forgetKeys } from '../browser/keyring.ts';
import { pageLanguage } from '../browser/language.ts';
import { Navigation } from '../browser/navigation.svelte.ts';
import { openStorage, openTabStorage } from '../browser/storage.ts';
import { PageAccess } from './page-access.ts';
import type { PageWay } from './page-way.ts';

/** The page of the user of the gateway: on the same computer, with all commands. */
export class OwnWay implements PageWay {
  readonly storage = openStorage();
  readonly places = new Navigation();
  readonly access = new PageAccess(this.places);
  readonly guest = null;
  readonly may = () => true;
  readonly comesBack = this.may;
  #browserId = $state.raw<string | null>(null);
  readonly ports = browserSocketPorts(
    bridgeUrl(location),
    new BrowserProver((browser) => (this.#browserId = browser)),
  );

  get browserId(): string | null {
    return this.#browserId;
  }

  /** The page that follows clears the rest. */
  async leaveForGood(): Promise<void> {
    // The connection stays until the next page is there: the gateway ends when no tab is left.
    const { language } = pageLanguage();
    this.storage.clearForGood();
    openTabStorage().clearForGood();
    await forgetKeys();
    location.replace(`/wiped?language=${language}`);
  }
}
