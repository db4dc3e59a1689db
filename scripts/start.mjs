// Sets up what is missing and runs the gateway in the foreground: `npm start -- <arguments>`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isatty } from 'node:tty';
import { helpPage } from '../gateway/cli/help-page.mjs';
import { informationAskedFor, unknownOption, unknownOptionSentence } from '../gateway/cli/option-table.mjs';
import { become, root, userFolder } from './processes.mjs';
import { setUp, webApp } from './setup.mjs';
import { fail } from './setup-faults.mjs';

// Node forgets that `nohup` wants the signal ignored. Without a window, none can close, also while this sets up.
if (![0, 1, 2].some((descriptor) => isatty(descriptor))) process.on('SIGHUP', () => undefined);

const words = process.argv.slice(2);
const asked = informationAskedFor(words);
const unknown = unknownOption(words);

// These need nothing that has to be installed or built first.
if (asked === 'help') process.stdout.write(helpPage());
else if (asked === 'version') process.stdout.write(`${versionOfPackage()}\n`);
else if (unknown !== undefined) {
  process.stderr.write(`${unknownOptionSentence(`"${unknown}"`)}\n`);
  // As the program itself for wrong usage.
  process.exitCode = 2;
} else await startProgram();

async function startProgram() {
  try {
    const cwd = userFolder();
    const node = await setUp([webApp], 'program');
    const env = {
      // Halves the time that loading the program's modules takes.
      NODE_COMPILE_CACHE: path.join(root, '.runtime', 'compile-cache'),
      ...process.env,
    };
    become(node, [path.join(root, 'gateway', 'main.ts'), ...words], { env, cwd });
  } catch (error) {
    fail(error);
  }
}

/** @returns {string} */
function versionOfPackage() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}
