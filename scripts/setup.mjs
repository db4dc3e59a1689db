// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, say, SetupError } from './processes.mjs';
import { bringRuntime, npm, presentRuntime } from './runtime.mjs';

const lockFile = path.join(root, 'package-lock.json');

/**
 * One output of vite. Its stamp in dist/ holds the fingerprint of the files that it was made from.
 * @typedef {{ name: string, config: string, output: string, sources: string[] }} Build
 */

/** @type {Build} */
export const webApp = {
  name: 'web app',
  config: 'vite.config.ts',
  output: path.join('web', 'index.html'),
  sources: ['shared', 'web'],
};

/** The gateway in one file, as it is published. It starts in half the time of the sources. */
/** @type {Build} */
export const bundledGateway = {
  name: 'gateway',
  config: 'vite.gateway.config.ts',
  output: 'gateway.js',
  sources: ['shared', 'gateway'],
};

/**
 * Installs and builds what is missing: Node, the packages, and the wanted builds.
 * @param {readonly Build[]} builds
 * @returns {Promise<string>} the Node to run the program with
 */
export async function setUp(builds = [webApp]) {
  const present = presentRuntime();
  if (present !== undefined && packagesAreInstalled() && builds.every(isBuilt)) return present;

  const release = await lockSetup();
  try {
    const node = presentRuntime() ?? (await bringRuntime());
    if (!packagesAreInstalled()) {
      say('Installing packages (once, about half a minute) ...');
      // NODE_ENV=production would leave out what the web app is built with.
      await npm(node, ['ci', '--include=dev']);
    }
    for (const build of builds) {
      if (!isBuilt(build)) await make(build, node);
    }
    return node;
  } finally {
    release();
  }
}

/**
 * npm writes its hidden lock file last. Where that file agrees with ours, an install of our lock file ran to its end.
 */
export function packagesAreInstalled() {
  const hiddenLockFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hiddenLockFile)) return false;
  const wanted = readLock(lockFile);
  const installed = readLock(hiddenLockFile);
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '') return true;
    const present = installed[place];
    if (present === undefined) return entry.optional === true && !isBuildForHere(entry);
    return present.version === entry.version && present.integrity === entry.integrity;
  });
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry */

/**
 * @param {string} file
 * @returns {Record<string, LockEntry>}
 */
function readLock(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** @param {LockEntry} entry an optional package: most are builds for other platforms */
function isBuildForHere({ os, cpu, libc }) {
  if (os?.includes(process.platform) !== true || cpu?.includes(process.arch) !== true) return false;
  return libc === undefined || libc.includes(libcHere());
}

function libcHere() {
  const { report } = process;
  // A lookup of host names would take seconds.
  Object.assign(report, { excludeNetwork: true });
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport());
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * @param {Build} build
 * @param {string} node
 */
async function make(build, node) {
  say(`Building the ${build.name} ...`);
  const print = fingerprint(build);
  const stamp = stampOf(build);
  rmSync(stamp, { force: true });
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const code = await run(node, [vite, 'build', '--config', build.config, '--logLevel', 'warn']);
  if (code !== 0) {
    throw new SetupError(`The ${build.name} could not be built. The message of vite above says why.`);
  }
  writeFileSync(stamp, print);
}

/** @param {Build} build */
function isBuilt(build) {
  const stamp = stampOf(build);
  return (
    existsSync(stamp) &&
    existsSync(path.join(root, 'dist', build.output)) &&
    readFileSync(stamp, 'utf8') === fingerprint(build)
  );
}

/** @param {Build} build */
function stampOf({ name }) {
  return path.join(root, 'dist', `${name.replace(' ', '-')}.stamp`);
}

/**
 * Changes with every file that the build is made from. To read some 300 small files takes about 20 ms.
 * @param {Build} build
 */
function fingerprint(build) {
  const hash = createHash('sha256');
  const files = [lockFile, path.join(root, 'package.json'), path.join(root, build.config)];
  for (const file of [...files, ...build.sources.flatMap(sources)]) {
    const bytes = readFileSync(file);
    hash.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sources(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return sources(place);
      return entry.name.endsWith('.test.ts') ? [] : [path.join(root, place)];
    });
}

/** Of two starts in one folder at a time, only one may install and build. */
async function lockSetup() {
  const file = path.join(root, '.runtime', 'setup.pid');
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      const release = () => rmSync(file, { force: true });
      process.once('exit', release);
      return () => {
        process.off('exit', release);
        release();
      };
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    // Our own process id can only be that of an earlier process, in a container for example.
    if (holder !== undefined && (holder === process.pid || !isAlive(holder))) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited)
      say(
        `Another start is setting up this folder. Waiting until it is done (its process id is in ${file}) ...`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * @param {string} file
 * @returns {number | undefined} undefined just before the file is written and just after it is removed
 */
function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
