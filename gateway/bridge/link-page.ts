import type { Link } from '../../shared/bridge/access.ts';
import { linkLifetimeMs } from '../../shared/limits.ts';
import { removeIfPossible, replaceFile } from '../data-dir/private-file.ts';
import { linkHash } from './browser-auth.ts';

/**
 * A page in the data folder that sends a browser on to a link. The command that opens a browser gets the name of this file, and not
 * the link: other accounts can list the arguments of every command, but cannot read this folder.
 */
export class LinkPage {
  readonly #file: string;
  /** The link of the page that is there now. */
  #current: { readonly hash: string; readonly expiry: NodeJS.Timeout } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Returns the file. Throws when the disk refuses. */
  write(link: Link): string {
    this.remove();
    replaceFile(this.#file, pageFor(link.link));
    const expiry = setTimeout(() => this.remove(), linkLifetimeMs);
    expiry.unref();
    this.#current = { hash: linkHash(link), expiry };
    return this.#file;
  }

  /** The link was used or is too old, so its page has no purpose any longer. */
  linkEnded(hash: string): void {
    if (this.#current?.hash === hash) this.remove();
  }

  /** Removes the page, also one that a killed process has left. */
  remove(): void {
    clearTimeout(this.#current?.expiry);
    this.#current = undefined;
    removeIfPossible(this.#file);
  }
}

function pageFor(link: string): string {
  const address = link.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="referrer" content="no-referrer">
  <meta http-equiv="refresh" content="0; url=${address}">
  <title>Chatagram</title>
  <p>Opening Chatagram. If nothing happens, <a href="${address}">open it here</a>.</p>
</html>
`;
}
