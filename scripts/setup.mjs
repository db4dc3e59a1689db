// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, say, SetupError } from './processes.mjs';
import { bringRuntime, npm, presentRuntime } from './runtime.mjs';

const lockFile = path.join(root, 'package-lock.json');
const webStamp = path.join(root, 'dist', 'web.stamp');

/**
 * Brings what a start needs and is not there yet: Node, packages, the built web app.
 * @param {{ web?: boolean }} wanted
 * @returns {Promise<string>} the Node to run the program with
 */
export async function setUp({ web = true } = {}) {
  const present = presentRuntime();
  if (present !== undefined && packagesAreInstalled() && (!web || webIsBuilt())) return present;

  const release = await lockSetup();
  try {
    const node = presentRuntime() ?? (await bringRuntime());
    if (!packagesAreInstalled()) {
      say('Installing packages (once, about half a minute) ...');
      // NODE_ENV=production would leave out what the web app is built with.
      await npm(node, ['ci', '--include=dev']);
    }
    if (web && !webIsBuilt()) {
      say('Building the web app ...');
      await buildWeb(node);
    }
    return node;
  } finally {
    release();
  }
}

/**
 * npm writes its hidden lock file last: where that agrees with ours, an install of this lock file ran to its
 * end, whoever started it.
 */
function packagesAreInstalled() {
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
  // Asking for names of hosts would take seconds.
  Object.assign(report, { excludeNetwork: true });
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport());
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** @param {string} node */
async function buildWeb(node) {
  const fingerprint = webFingerprint();
  rmSync(webStamp, { force: true });
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const code = await run(node, [vite, 'build', '--logLevel', 'warn']);
  if (code !== 0) throw new SetupError('The web app could not be built; see the words of vite above.');
  writeFileSync(webStamp, fingerprint);
}

function webIsBuilt() {
  return (
    existsSync(webStamp) &&
    existsSync(path.join(root, 'dist', 'web', 'index.html')) &&
    readFileSync(webStamp, 'utf8') === webFingerprint()
  );
}

/** Changes with everything that the built web app is made of. Reading some 150 small files takes about 10 ms. */
function webFingerprint() {
  const hash = createHash('sha256');
  for (const file of [lockFile, path.join(root, 'vite.config.ts'), ...sources('shared'), ...sources('web')]) {
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

/** Two starts at once from one folder, and only one of them may install. */
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
    // Our own number can only be that of an earlier life, in a container say.
    if (holder !== undefined && (holder === process.pid || !isAlive(holder))) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) say(`Another start is setting this folder up; waiting for it (it holds ${file}) ...`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * @param {string} file
 * @returns {number | undefined} undefined in the instants before it is written and after it is removed
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
