// The system tests need root on Linux and some programs. This says what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Each program with its package in Debian. */
const programs = {
  ip: 'iproute2',
  nft: 'nftables',
  strace: 'strace',
  mount: 'mount',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  script: 'bsdutils',
  'dbus-daemon': 'dbus',
};

/** Where a system keeps them, also when a user's PATH does not name the folders of root. */
const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];

/** @returns {string | undefined} a sentence that says what to do, or undefined when nothing is missing */
export function missingForSystemTests() {
  if (process.platform !== 'linux') return 'The system tests run on Linux only.';
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program));
  if (missing.length > 0) {
    const names = missing.map(([program]) => program).join(', ');
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
    return `The system tests need ${names}. Run: apt-get install -y ${packages}`;
  }
  if (spawnSync('/usr/bin/python3', ['-c', 'import dbusmock']).status !== 0) {
    return 'The system tests need the Python module dbusmock. Run: apt-get install -y python3-dbusmock';
  }
  if (process.getuid?.() !== 0) return 'The system tests need root. Run: sudo npm run test:system';
  if (spawnSync('unshare', ['--net', '--mount', 'true']).status !== 0) {
    return 'The system tests need network namespaces and mounts, and this system refuses them. Run them in a virtual machine, or in a container with --privileged.';
  }
  return undefined;
}

/** @param {string} program */
function isInstalled(program) {
  return folders.some((folder) => folder !== '' && existsSync(path.join(folder, program)));
}
