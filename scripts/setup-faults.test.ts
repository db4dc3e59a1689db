import { expect, it } from 'vitest';
import { SetupError } from './processes.mjs';
import { sentenceForError, sentenceForStep } from './setup-faults.mjs';

/** What npm, vite and Node print, and what the user has to learn from it. */
const faults: [name: string, output: string, says: string[]][] = [
  [
    'no network',
    'npm error code EAI_AGAIN\nnpm error errno EAI_AGAIN\nnpm error request to https://registry.npmjs.org/vite failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org',
    ['https://registry.npmjs.org cannot be reached', 'https-proxy', 'registry <address>'],
  ],
  [
    'a proxy that is not there',
    "npm error code ECONNREFUSED\nnpm error FetchError: request to https://registry.npmjs.org/vite failed, reason: connect ECONNREFUSED 127.0.0.1:9\nnpm error     at ClientRequest.<anonymous> (/usr/lib/x.js:130:14)\nnpm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.",
    ['cannot be reached', 'https-proxy'],
  ],
  [
    'a proxy that wants a password',
    'npm error code ERR_TUNNEL\nnpm error tunneling socket could not be established, statusCode=407',
    ['The proxy wants a name and a password'],
  ],
  [
    'a proxy that reads what is encrypted',
    'npm error code SELF_SIGNED_CERT_IN_CHAIN\nnpm error request to https://registry.npmjs.org/vite failed, reason: self-signed certificate in certificate chain',
    ['certificate of the package registry https://registry.npmjs.org is not trusted', 'cafile'],
  ],
  [
    'a mirror without the package',
    'npm error code ETARGET\nnpm error notarget No matching version found for vite@8.3.8.',
    ['does not have a package', 'mirror'],
  ],
  ['a mirror that wants a login', 'npm error code E401\nnpm error Unable to authenticate', ['npm login']],
  ['a registry with a fault', 'npm error code E503\nnpm error 503 Service Unavailable', ['fault of its own']],
  [
    'a package with another hash',
    'npm error code EINTEGRITY\nnpm error Integrity checksum failed when using sha512: wanted sha512-a but got sha512-b.',
    ['hash is different', 'was not used'],
  ],
  [
    'a full disk under npm',
    'npm error code ENOSPC\nnpm error syscall write\nnpm error path /srv/chat/node_modules/vite/a.js\nnpm error errno ENOSPC\nnpm error nospc There appears to be insufficient space on your system to finish.',
    ['The disk is full at /srv/chat/node_modules/vite/a.js', 'Make room'],
  ],
  [
    'a full disk under vite',
    'error during build:\nError: ENOSPC: no space left on device, write\n    at async open (node:internal/fs/promises:1:1)',
    ['The disk is full', 'Make room'],
  ],
  [
    'a cache that belongs to root',
    'npm error code EACCES\nnpm error syscall mkdir\nnpm error path /home/ann/.npm/_cacache\nnpm error errno -13',
    ['may not write at /home/ann/.npm/_cacache'],
  ],
  [
    'a lock file of another version',
    'npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
    ['git checkout package.json package-lock.json'],
  ],
];

it.each(faults)('%s: one line says what happened, and what to do', (_name, output, says) => {
  const sentence = sentenceForStep({ step: 'npm ci', output }, '/srv/setup.log');
  for (const text of says) expect(sentence).toContain(text);
  expect(sentence).toMatch(/^[A-Z][^\n]*\.$/u);
  expect(sentence).not.toMatch(/\bat [\w.<>]+ \(|npm error/u);
});

it('an unknown fault is told in the words of its program, without its stack and its colours', () => {
  const output =
    '\u001b[31m✗ Build failed in 2s\u001b[39m\nerror during build:\n\u001b[31mUnexpected token in web/src/App.svelte\u001b[39m\n    at parse (file:///x.js:1:1)';
  expect(sentenceForStep({ step: 'To build the web app with vite', output }, '/srv/setup.log')).toBe(
    'To build the web app with vite failed: Unexpected token in web/src/App.svelte. Everything that it printed is in /srv/setup.log. Please report this.',
  );
  expect(sentenceForStep({ step: 'npm ci (exit code 137)', output: '' }, undefined)).toBe(
    'npm ci (exit code 137) failed. Please report this.',
  );
});

it('an error of the set-up itself is told without a stack', () => {
  const refused = Object.assign(new Error("EROFS: read-only file system, mkdir '/srv/chat/.runtime'"), {
    code: 'EROFS',
    path: '/srv/chat/.runtime',
  });
  expect(sentenceForError(refused)).toMatch(/^Chatagram may not write at \/srv\/chat\/\.runtime[^\n]*\.$/u);
  expect(sentenceForError(new SetupError('As it is.'))).toBe('As it is.');
  expect(sentenceForError(new TypeError('x is not a function\n    at y'))).toBe(
    'The set-up failed: x is not a function. Please report this.',
  );
});
