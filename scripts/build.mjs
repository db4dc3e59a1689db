// `npm run build`: makes the package that is published, in dist/package/. `npm pack ./dist/package` packs it.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './processes.mjs';
import { programBuilds, setUp } from './setup.mjs';
import { fail } from './setup-faults.mjs';

const dist = path.join(root, 'dist');
/** Apart from the bundles that a checkout runs: its programs must not find half a copy of the native library beside them. */
const packed = path.join(dist, 'package');
/** A native library cannot be in the bundle. The package brings it along, with the packages that load it. */
const native = 'sodium-native';

try {
  await setUp(programBuilds, 'program');
  rmSync(packed, { recursive: true, force: true });
  mkdirSync(packed);
  const command = path.join(packed, 'chatagram.cjs');
  copyFileSync(path.join(root, 'scripts', 'chatagram.cjs'), command);
  chmodSync(command, 0o755);
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    copyFileSync(path.join(root, name), path.join(packed, name));
  for (const name of ['gateway.js', 'licenses.md', 'web', 'guest'])
    cpSync(path.join(dist, name), path.join(packed, name), { recursive: true });
  writeFileSync(path.join(packed, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  for (const name of withDependencies(native))
    cpSync(path.join(root, 'node_modules', name), path.join(packed, 'node_modules', name), {
      recursive: true,
    });
} catch (error) {
  fail(error);
}

/** The package of the repository has other dependencies: those that build the two bundles. */
function publishedManifest() {
  const { name, version, description, license, type, keywords, engines, dependencies } = manifestIn(root);
  return {
    name,
    version,
    description,
    license,
    type,
    keywords,
    engines,
    bin: { chatagram: 'chatagram.cjs' },
    files: ['chatagram.cjs', 'gateway.js', 'licenses.md', 'web/', 'guest/', 'CHANGELOG.md'],
    dependencies: { [native]: dependencies[native] },
    bundleDependencies: [native],
  };
}

/**
 * @param {string} name
 * @param {Set<string>} [found]
 * @returns {Set<string>} the package and all that it needs
 */
function withDependencies(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies = {} } = manifestIn(path.join(root, 'node_modules', name));
  for (const needed of Object.keys(dependencies)) withDependencies(needed, found);
  return found;
}

/** @param {string} folder */
function manifestIn(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}
