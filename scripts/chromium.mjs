// Plain JavaScript without packages, for Node 18 and newer.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, run, say, SetupError } from './processes.mjs';

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
 * Finds a Chromium, or installs one.
 * @param {string} node that runs playwright's installer
 * @returns {Promise<string | undefined>} its path, or undefined when Playwright keeps its own
 */
export async function findChromium(node) {
  const present = presentChromium();
  if (present !== undefined) return present;

  const isRoot = process.getuid?.() === 0;
  if (isRoot && onPath('apt-get') !== undefined) {
    say('Installing Chromium with apt-get, for the end-to-end tests ...');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    for (const name of debianPackages) {
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
      const installed = presentChromium();
      if (installed !== undefined) return installed;
    }
  }
  say("Installing playwright's Chromium, for the end-to-end tests ...");
  const installer = path.join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  const withDependencies = isRoot && process.platform === 'linux' ? ['--with-deps'] : [];
  if ((await run(node, [installer, 'install', ...withDependencies, 'chromium'])) !== 0) {
    throw new SetupError(
      'No Chromium was found, and none could be installed. Install one, or set CHROMIUM_PATH to its path.',
    );
  }
  return undefined;
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
