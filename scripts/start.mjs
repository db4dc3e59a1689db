// Sets up what is missing and runs the gateway in the foreground: `npm start -- <arguments>`.
import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { isatty } from 'node:tty';
import { helpPage } from '../gateway/cli/help-page.mjs';
import { informationAskedFor, unknownOption, unknownOptionSentence } from '../gateway/cli/option-table.mjs';
import { become, endWithParent, root, shellCommand, userFolder } from './processes.mjs';
import { bundledGateway, compileCache, programBuilds, setUp } from './setup.mjs';
import { fail } from './setup-faults.mjs';

// Node forgets that `nohup` wants the signal ignored. Without a window, none can close, also while this sets up.
if (![0, 1, 2].some((descriptor) => isatty(descriptor))) process.on('SIGHUP', () => undefined);

/** On Windows, exec.cmd runs this in place of the shell script, with "sh scripts/start.sh" before the user's words. */
const words = process.argv
  .slice(2)
  .filter((word, index) => index > 1 || !['sh', 'scripts/start.sh'].includes(word));
/** Where scripts/start.sh reads the command that begins the program. */
const commandTo = Number(process.env.CHATAGRAM_COMMAND_TO);
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
    if (commandTo) endWithParent();
    // The bundle needs two thirds of the memory that the sources need, and half the time to start.
    const node = await setUp(programBuilds, 'program');
    const program = [...memoryOptions(), path.join(root, 'dist', bundledGateway.output)];
    const env = { NODE_COMPILE_CACHE: compileCache() };
    if (commandTo) {
      writeSync(commandTo, shellCommand(node, program, { env, cwd }));
      return;
    }
    become(node, [...program, ...words], { env: { ...process.env, ...env }, cwd });
  } catch (error) {
    fail(error);
  }
}

/**
 * A client makes little garbage: a small young generation saves 6 MB. A server of many clients gains from a large one.
 * @returns {readonly string[]} options of Node
 */
function memoryOptions() {
  return words.includes('-s') ? [] : ['--max-semi-space-size=1'];
}

/** @returns {string} */
function versionOfPackage() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}
