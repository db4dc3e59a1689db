import { readFileSync } from 'node:fs';
import path from 'node:path';

/** vite writes this name into the bundle. The source does not define it. */
declare const __CHATAGRAM_VERSION__: string | undefined;

const bundledVersion = typeof __CHATAGRAM_VERSION__ === 'string' ? __CHATAGRAM_VERSION__ : undefined;

export const version: string = bundledVersion ?? versionOfPackage();

/** The web app that `vite build` made: beside the bundle, or in dist/ of the source tree. */
export const appFolder: string = builtFolder('web');

/** The page of a guest, in the same place. */
export const guestPageFolder: string = builtFolder('guest');

function builtFolder(name: string): string {
  return path.join(import.meta.dirname, bundledVersion === undefined ? '../../dist' : '', name);
}

function versionOfPackage(): string {
  const text = readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
