// Plain JavaScript without packages, for Node 18 and newer: it runs before anything is installed.
import { stripVTControlCharacters } from 'node:util';
import { root, say, SetupError } from './processes.mjs';

/** What is known about a failed step. `output` is everything that its program printed. */
/** @typedef {{ step: string, output: string }} FailedStep */

/** @typedef {{ codes: RegExp, sentence: (output: string) => string }} Fault */

const again = 'Then run the same command again.';

/**
 * The faults of a set-up that a user can mend, by the codes of npm, Node and OpenSSL. The first row that matches counts:
 * a failed write can look like a failed download after it.
 * @type {readonly Fault[]}
 */
const faults = [
  {
    codes: /\bENOSPC\b|\bEDQUOT\b/,
    sentence: (output) =>
      `The disk is full${placeIn(output)}. Chatagram needs about 400 MB in ${root}, and npm needs some for its cache. Make room. ${again}`,
  },
  {
    codes: /\bEROFS\b|\bEACCES\b|\bEPERM\b/,
    sentence: (output) =>
      `Chatagram may not write${placeIn(output)}, and has to once: it installs and builds into its own folder, ${root}. Make the folder writable for you, or copy it to a place that is yours. ${again}`,
  },
  {
    codes: /\bEMFILE\b|\bENFILE\b/,
    sentence: () =>
      `Too many files are open on this computer. Close other programs, or run ulimit -n 4096. ${again}`,
  },
  {
    codes: /\bEINTEGRITY\b/,
    sentence: (output) =>
      `A package that came from ${registryIn(output)} is not the one that Chatagram knows: its hash is different. It was not used. Run the same command again. If this comes back, a mirror or a proxy changes what it passes on: choose another registry with npm config set registry <address>.`,
  },
  {
    codes: /\bE407\b|\b407 Proxy\b|statusCode=407/i,
    sentence: () =>
      `The proxy wants a name and a password. Run npm config set https-proxy http://<name>:<password>@<host>:<port>. ${again}`,
  },
  {
    codes:
      /\b(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_\w+|ERR_TLS_CERT_\w+)\b/,
    sentence: (output) =>
      `The certificate of ${registryIn(output)} is not trusted here. Some networks put their own in its place: get its file from their administrator and run npm config set cafile <file>. Check the clock of this computer too. ${again}`,
  },
  {
    codes: /\bE40[13]\b|\bENEEDAUTH\b/,
    sentence: (output) =>
      `${capitalized(registryIn(output))} refuses to give Chatagram's packages without a login. Run npm login, or choose another registry with npm config set registry <address>. ${again}`,
  },
  {
    codes: /\bE404\b|\bETARGET\b|\bENOVERSIONS\b/,
    sentence: (output) =>
      `${capitalized(registryIn(output))} does not have a package that Chatagram needs. If it is a mirror, choose another registry with npm config set registry <address>. ${again}`,
  },
  {
    codes: /\bE(?:429|5\d\d)\b/,
    sentence: (output) =>
      `${capitalized(registryIn(output))} has a fault of its own. Wait some minutes. ${again}`,
  },
  {
    codes:
      /\b(?:ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ENOTCACHED|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT|ERR_INVALID_URL|EPROTO|UND_ERR_\w+)\b/,
    sentence: (output) =>
      `${capitalized(registryIn(output))} cannot be reached. Chatagram needs it once. Connect to the internet, or name your proxy with npm config set https-proxy http://<host>:<port>, or your mirror with npm config set registry <address>. ${again}`,
  },
  {
    codes: /\bEUSAGE\b/,
    sentence: () =>
      `The files package.json and package-lock.json do not fit together. Get both as they were with git checkout package.json package-lock.json. ${again}`,
  },
];

/**
 * The sentence for a program that failed. An unknown fault is named in the program's own words; `log` has all of them.
 * @param {FailedStep} failed
 * @param {string | undefined} log
 */
export function sentenceForStep({ step, output }, log) {
  const known = faultIn(output);
  if (known !== undefined) return known;
  const words = firstWords(output);
  return [
    `${step} failed${words === '' ? '' : `: ${words}`}${/[.!?]$/.test(words) ? '' : '.'}`,
    log === undefined ? '' : ` Everything that it printed is in ${log}.`,
    ' Please report this.',
  ].join('');
}

/**
 * The sentence for an error of the set-up itself. An error that is not in the table is a bug: it is named, without a stack.
 * @param {unknown} error
 */
export function sentenceForError(error) {
  if (error instanceof SetupError) return error.message;
  if (!(error instanceof Error)) return `The set-up failed: ${String(error)}. Please report this.`;
  const { code = '', path: place } = /** @type {NodeJS.ErrnoException} */ (error);
  const known = faultIn(place === undefined ? code : `${code}\nnpm error path ${place}`);
  return known ?? `The set-up failed: ${error.message.split('\n')[0]}. Please report this.`;
}

/** @param {unknown} error ends the process with one sentence */
export function fail(error) {
  say(sentenceForError(error));
  process.exit(1);
}

/** @param {string} output */
function faultIn(output) {
  return faults.find(({ codes }) => codes.test(output))?.sentence(output);
}

/**
 * Of npm: `npm error path /folder/file`. Of vite and Node: `EACCES: permission denied, open '/folder/file'`.
 * @param {string} output
 */
function placeIn(output) {
  const place =
    /^npm error path (.+)$/m.exec(output)?.[1] ??
    /\b(?:ENOSPC|EDQUOT|EROFS|EACCES|EPERM):[^\n]*? '([^'\n]+)'/.exec(output)?.[1];
  return place === undefined ? '' : ` at ${place}`;
}

/** @param {string} output */
function registryIn(output) {
  const origin = /\brequest to (https?:\/\/[^/\s]+)/.exec(output)?.[1];
  return origin === undefined ? 'the package registry' : `the package registry ${origin}`;
}

/** @param {string} text */
function capitalized(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * The first line that says something: no heading, no code, no stack and no colours.
 * @param {string} output
 */
function firstWords(output) {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, '').trim());
  const isEmpty = (/** @type {string} */ line) =>
    line === '' ||
    /^(?:code|errno|syscall|path|dest) |^at |^error during build|^✗|failed with \d+ error/.test(line);
  return lines.find((line) => !isEmpty(line)) ?? '';
}
