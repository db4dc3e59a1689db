// Plain JavaScript without packages, for Node 18 and newer.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { capture, root, run, say, SetupError } from './processes.mjs';

/** Of `npm test`. */
export const installOption = '--install-chromium';

/** The headless shell first: the full browser draws a window of its own for each page, at half the cost of a test. */
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** The packages of Debian, the first one that can be installed counts. */
const debianPackages = ['chromium-headless-shell', 'chromium'];

/**
 * A Chromium to test with. Without a path, it is the one that Playwright keeps.
 * @typedef {{ path?: string } | { missing: string }} FoundChromium
 */

/**
 * Finds a Chromium. Installs one only where the user has asked for that: it changes the whole computer.
 * @param {string} node that runs playwright
 * @param {boolean} mayInstall
 * @returns {Promise<FoundChromium>} or a sentence that says what to do
 */
export async function findChromium(node, mayInstall) {
  const present = presentChromium();
  if (present !== undefined) return { path: present };
  if (await playwrightKeepsOne(node)) return {};
  return mayInstall ? installChromium(node) : { missing: missingSentence() };
}

/** @param {string} node */
async function playwrightKeepsOne(node) {
  const launch = "import { chromium } from '@playwright/test'; await (await chromium.launch()).close();";
  return (await capture(node, ['--input-type=module', '--eval', launch])).code === 0;
}

function missingSentence() {
  const byHand =
    onPath('apt-get') === undefined
      ? 'npx playwright install chromium'
      : `sudo apt-get install -y ${debianPackages[0]} (or ${debianPackages[1]})`;
  return `The end-to-end tests need Chromium, and none was found. Run ${byHand}, or npm test -- ${installOption}, which does it for you. Is there one already? Set CHROMIUM_PATH to its path.`;
}

/**
 * @param {string} node
 * @returns {Promise<FoundChromium>}
 */
async function installChromium(node) {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && onPath('apt-get') !== undefined) {
    say('Installing Chromium with apt-get, for the end-to-end tests ...');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    for (const name of debianPackages) {
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
      const installed = presentChromium();
      if (installed !== undefined) return { path: installed };
    }
  }
  say("Installing playwright's Chromium, for the end-to-end tests ...");
  const installer = path.join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  const withDependencies = isRoot && process.platform === 'linux' ? ['--with-deps'] : [];
  if ((await run(node, [installer, 'install', ...withDependencies, 'chromium'])) === 0) return {};
  return {
    missing:
      'No Chromium was found, and none could be installed. Install one, or set CHROMIUM_PATH to its path.',
  };
}

/** @returns {string | undefined} the path of a Chromium that is installed or named in CHROMIUM_PATH */
export function presentChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (!existsSync(named))
      throw new SetupError(`CHROMIUM_PATH names ${named}, but there is no such file. Correct or unset it.`);
    return named;
  }
  return names.map(onPath).find((file) => file !== undefined);
}

/** @param {string} name */
function onPath(name) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, process.platform === 'win32' ? `${name}.exe` : name))
    .find((file) => existsSync(file));
}
