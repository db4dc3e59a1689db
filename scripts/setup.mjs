// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, root, say } from './processes.mjs';
import { bringRuntime, failedStep, makeRuntimeFolder, npm, presentRuntime } from './runtime.mjs';

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
  sources: ['shared', 'web', path.join('scripts', 'web-app')],
};

/** The page of a guest, which the listener for guests serves. */
/** @type {Build} */
export const guestPage = {
  name: 'page of guests',
  config: 'vite.guest.config.ts',
  output: path.join('guest', 'guest.html'),
  sources: webApp.sources,
};

/** The gateway in one file, as it is published. It starts in half the time of the sources. */
/** @type {Build} */
export const bundledGateway = {
  name: 'gateway',
  config: 'vite.gateway.config.ts',
  output: 'gateway.js',
  sources: ['shared', 'gateway'],
};

/** What the program consists of. */
export const programBuilds = [webApp, guestPage, bundledGateway];

/**
 * Which packages a command needs: those that run and build the program (the `dependencies` of package.json), or also
 * those that test it and compare it with others (the `devDependencies`).
 * @typedef {'program' | 'all'} Packages
 */

/**
 * Installs and builds what is missing: Node, the packages, and the wanted builds.
 * @param {readonly Build[]} builds
 * @param {Packages} packages
 * @returns {Promise<string>} the Node to run the program with
 */
export async function setUp(builds = [webApp], packages = 'all') {
  const present = presentRuntime();
  if (present !== undefined && packagesAreInstalled(packages) && builds.every(isBuilt)) return present;

  const release = await lockSetup();
  try {
    const node = presentRuntime() ?? (await bringRuntime());
    if (!packagesAreInstalled(packages)) await installPackages(node, packages);
    for (const build of builds) {
      if (!isBuilt(build)) await make(build, node);
    }
    return node;
  } finally {
    release();
  }
}

/**
 * @param {string} node
 * @param {Packages} packages
 */
async function installPackages(node, packages) {
  if (packages === 'program') {
    say('Installing packages (once, up to a minute) ...');
    await npm(node, ['ci', '--omit=dev']);
  } else if (packagesAreInstalled('program')) {
    // `npm ci` would first remove the packages that a chat may be running with.
    say('Installing the packages of the tests (once, up to a minute) ...');
    await npm(node, ['install', '--include=dev', '--no-save']);
  } else {
    say('Installing packages, also those of the tests (once, one to two minutes) ...');
    await npm(node, ['ci', '--include=dev']);
  }
}

/**
 * npm writes its hidden lock file last. Where that file agrees with ours, an install of our lock file ran to its end.
 * @param {Packages} packages
 */
export function packagesAreInstalled(packages = 'all') {
  const hiddenLockFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hiddenLockFile)) return false;
  return hasPackages(readLock(hiddenLockFile), readLock(lockFile), packages);
}

/**
 * @param {Record<string, LockEntry>} installed
 * @param {Record<string, LockEntry>} wanted
 * @param {Packages} packages
 */
export function hasPackages(installed, wanted, packages) {
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '' || (packages === 'program' && entry.dev === true)) return true;
    const present = installed[place];
    if (present !== undefined)
      return present.version === entry.version && present.integrity === entry.integrity;
    // A package of the tests that the program could use too comes only with those of the tests.
    const isLeftOut = entry.optional === true || (packages === 'program' && entry.devOptional === true);
    return isLeftOut && !isBuildForHere(entry);
  });
}

/** @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry */

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
  if (canViteBuildIn(root)) await runVite(build, node, root);
  else await makeInCopy(build, node);
  if (build === bundledGateway) await fillCompileCache(build, node);
  writeFileSync(stamp, print);
}

/**
 * A bundle that cannot start fails here. The first real start then loads compiled code, as each later one does: that
 * takes 13 MB less memory.
 * @param {Build} build
 * @param {string} node
 */
async function fillCompileCache({ name, output: file }, node) {
  const args = [path.join(root, 'dist', file), '--version'];
  const { code, output } = await capture(node, args, {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache() },
  });
  if (code !== 0) throw failedStep(`To start the ${name}`, output);
}

/** Where Node keeps compiled code, which halves the time that it takes to load the program. */
export function compileCache() {
  return process.env.NODE_COMPILE_CACHE ?? path.join(root, '.runtime', 'compile-cache');
}

/**
 * vite reads addresses from paths, where these characters mean something else.
 * @param {string} folder
 */
export function canViteBuildIn(folder) {
  return !/[#?*]/.test(folder);
}

/**
 * Builds in a temporary folder, for a checkout in a folder such as `C# course`.
 * @param {Build} build
 * @param {string} node
 */
async function makeInCopy(build, node) {
  const copy = mkdtempSync(path.join(tmpdir(), 'chatagram-build-'));
  try {
    for (const name of ['node_modules', 'package.json', 'tsconfig.json', build.config, ...build.sources])
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true, verbatimSymlinks: true });
    await runVite(build, node, copy);
    cpSync(path.join(copy, 'dist'), path.join(root, 'dist'), { recursive: true });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/**
 * @param {Build} build
 * @param {string} node
 * @param {string} folder with the sources and the packages; the build goes into its dist/
 */
async function runVite({ name, config }, node, folder) {
  const vite = path.join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', config, '--logLevel', 'warn'];
  // A test runner has another NODE_ENV, and Svelte would build with its checks for developers.
  const env = { ...process.env, NODE_ENV: 'production' };
  const { code, output } = await capture(node, args, { cwd: folder, env });
  if (code !== 0) throw failedStep(`To build the ${name} with vite`, output);
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
  return path.join(root, 'dist', `${name.replaceAll(' ', '-')}.stamp`);
}

/**
 * Changes with every file that the build is made from. To read some 300 small files takes about 20 ms.
 * @param {Build} build
 */
function fingerprint(build) {
  const hash = createHash('sha256');
  const files = ['package-lock.json', 'package.json', 'tsconfig.json', build.config].map((name) =>
    path.join(root, name),
  );
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
  makeRuntimeFolder();
  for (let waited = false; ; waited = true) {
    if (tryToHold(file)) {
      const release = () => rmSync(file, { force: true });
      process.once('exit', release);
      return () => {
        process.off('exit', release);
        release();
      };
    }
    const holder = readHolder(file);
    if (holder !== undefined && hasEnded(holder)) {
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
 * @returns {boolean} false if there is such a file already
 */
function tryToHold(file) {
  try {
    writeFileSync(file, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    // A full disk takes the file and not the number in it.
    rmSync(file, { force: true });
    throw error;
  }
}

/** Between a file and the number in it pass milliseconds. */
const emptyMsMax = 10_000;

/**
 * @param {string} file
 * @returns {string | undefined} undefined just before the file is written and just after it is removed; empty if the file
 *   stays empty, because its process was killed at that moment
 */
function readHolder(file) {
  try {
    const holder = readFileSync(file, 'utf8');
    if (holder !== '') return holder;
    // A clock that was put back must not make it seem new for ever.
    return Math.abs(Date.now() - statSync(file).mtimeMs) > emptyMsMax ? '' : undefined;
  } catch {
    return undefined;
  }
}

/**
 * After a power cut, another process can have the id of the holder.
 * @param {string} holder the id of a process and when it started, where the system tells that
 */
export function hasEnded(holder) {
  const [pid = '', start = ''] = holder.split(' ');
  if (!/^[1-9]\d*$/u.test(pid) || !isAlive(Number(pid))) return true;
  // Our own process id can then only be that of an earlier process, in a container for example.
  return start === '' ? Number(pid) === process.pid : startOf(Number(pid)) !== start;
}

/**
 * @param {number} pid
 * @returns {string} in the clock of the kernel, as /proc/<pid>/stat of Linux has it; elsewhere empty
 */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, can contain anything. Field 22 follows 19 others after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
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
