import { describe, expect, it } from 'vitest';
import { compare } from './structure/allowances.ts';
import { deadCitations, deadLinks, type Citable } from './structure/citations.ts';
import { countDialect } from './structure/dialect.ts';
import { inspectFile, parse } from './structure/inspect.ts';
import { packingSpreads } from './structure/packing.ts';
import { missingPackages, programEntries } from './structure/program-packages.ts';
import { wrongPictures } from './structure/pictures.ts';
import { promisesWithoutTest } from './structure/promises.ts';
import { plainTitles } from './structure/titles.ts';

/** An import that a row of the table in docs/ARCHITECTURE.md forbids. */
const forbiddenImports: [file: string, code: string, module: string][] = [
  ['shared/message.ts', `import { readFileSync } from 'node:fs';`, 'node:fs'],
  ['shared/message.ts', `import fs from 'fs';`, 'node:fs'],
  ['shared/message.ts', `import { WebSocket } from 'ws';`, 'ws'],
  ['shared/message.ts', `import Fastify from 'fastify';`, 'fastify'],
  ['shared/message.ts', `export * from '../gateway/turn/role.ts';`, 'gateway/turn/role.ts'],
  ['shared/wire/packet.ts', `import '../chat/kinds.ts';`, 'shared/chat/kinds.ts'],
  [
    'shared/wire/packet.ts',
    `import type { Command } from '../bridge/commands.ts';`,
    'shared/bridge/commands.ts',
  ],
  ['shared/chat/codec.ts', `export { encode } from '../wire/packet.ts';`, 'shared/wire/packet.ts'],
  ['gateway/transport/endpoint.ts', `import { createHash } from 'node:crypto';`, 'node:crypto'],
  [
    'gateway/transport/endpoint.ts',
    `import type { ClientStore } from '../store/client-store.ts';`,
    'gateway/store/client-store.ts',
  ],
  [
    'gateway/transport/endpoint.ts',
    `import { decode } from '../../shared/chat/codec.ts';`,
    'shared/chat/codec.ts',
  ],
  ['gateway/net/driver.ts', `import { Server } from '../server/server.ts';`, 'gateway/server/server.ts'],
  ['gateway/client/client.ts', `import { driver } from '../net/driver.ts';`, 'gateway/net/driver.ts'],
  [
    'gateway/client/client.ts',
    `import type { Server } from '../server/server.ts';`,
    'gateway/server/server.ts',
  ],
  ['gateway/server/server.ts', `const sqlite = await import('node:sqlite');`, 'node:sqlite'],
  [
    'gateway/server/server.ts',
    `type Client = import('../client/client.ts').Client;`,
    'gateway/client/client.ts',
  ],
  [
    'gateway/server/server.ts',
    `import { open } from '../store/sqlite/open.ts';`,
    'gateway/store/sqlite/open.ts',
  ],
  [
    'gateway/store/client-store.ts',
    `import { open } from './sqlite/open.ts';`,
    'gateway/store/sqlite/open.ts',
  ],
  [
    'gateway/store/client-store.ts',
    `import type { Token } from '../transport/events.ts';`,
    'gateway/transport/events.ts',
  ],
  ['gateway/control/control.ts', `import cookie from '@fastify/cookie';`, '@fastify/cookie'],
  [
    'gateway/control/control.ts',
    `import { packet } from '../../shared/wire/packet.ts';`,
    'shared/wire/packet.ts',
  ],
  ['gateway/bridge/http.ts', `import { Client } from '../client/client.ts';`, 'gateway/client/client.ts'],
  ['gateway/bridge/http.ts', `import { prompt } from '../terminal/prompt.ts';`, 'gateway/terminal/prompt.ts'],
  ['gateway/terminal/prompt.ts', `import { http } from '../bridge/http.ts';`, 'gateway/bridge/http.ts'],
  ['shared/model/chat.ts', `import { packet } from '../wire/packet.ts';`, 'shared/wire/packet.ts'],
  ['shared/model/chat.ts', `import { readFileSync } from 'node:fs';`, 'node:fs'],
  [
    'web/src/model/reduce.ts',
    `import { role } from '../../../gateway/turn/role.ts';`,
    'gateway/turn/role.ts',
  ],
  [
    'web/src/components/Box.svelte',
    `<p>hi</p>\n<script lang="ts">\nimport { socket } from '../bridge/socket.ts';\n</script>`,
    'web/src/bridge/socket.ts',
  ],
  ['gateway/gateway.ts', `import { DatabaseSync } from 'node:sqlite';`, 'node:sqlite'],
  ['gateway/gateway.ts', `import { createSocket } from 'node:dgram';`, 'node:dgram'],
  ['gateway/gateway.ts', `import Fastify from 'fastify';`, 'fastify'],
  [
    'gateway/gateway.ts',
    `import { network } from './simulation/network.ts';`,
    'gateway/simulation/network.ts',
  ],
];

const allowedImports: [file: string, code: string][] = [
  ['gateway/client/client.ts', `import type { EndpointEvent } from '../transport/events.ts';`],
  ['gateway/client/client.ts', `import type { ClientStore } from '../store/client-store.ts';`],
  ['gateway/server/server.ts', `import type { Role } from '../role.ts';`],
  ['gateway/store/sqlite/open.ts', `import { DatabaseSync } from 'node:sqlite';`],
  ['gateway/net/udp-socket.ts', `import dgram from 'node:dgram';`],
  ['gateway/bridge/http.ts', `import Fastify from 'fastify';`],
  ['gateway/client/client.test.ts', `import { network } from '../simulation/network.ts';`],
  ['web/src/bridge/socket.ts', `import type { TabFrame } from '../../../shared/bridge/frames.ts';`],
  ['shared/model/chat.ts', `import type { Snapshot } from '../bridge/events.ts';`],
];

describe('imports', () => {
  it.each(forbiddenImports)('%s must not contain: %s', (file, code, module) => {
    const violations = inspectFile(file, code);
    expect(violations.length).toBeGreaterThan(0);
    for (const violation of violations) expect(violation).toContain(`imports ${module}`);
  });

  it.each(allowedImports)('%s may contain: %s', (file, code) => {
    expect(inspectFile(file, code)).toEqual([]);
  });

  it('a violation in a component names its line in the file', () => {
    const code = `<p>hi</p>\n<script lang="ts">\n  import { socket } from '../bridge/socket.ts';\n</script>`;
    expect(inspectFile('web/src/components/Box.svelte', code)).toEqual([
      'web/src/components/Box.svelte:3 imports web/src/bridge/socket.ts, and web/src/components/ never does',
    ]);
  });
});

describe('pure folders', () => {
  it.each([
    ['const now = Date.now();', 'Date'],
    ['const then = new Date(0);', 'Date'],
    ['class Moment extends Date {}', 'Date'],
    ['const now = performance.now();', 'performance'],
    ['const chance = Math.random();', 'Math.random'],
    ["const chance = Math['random']();", 'Math.random'],
    ['const { random } = Math;', 'Math.random'],
    ['setTimeout(() => {}, 1);', 'setTimeout'],
    ['const later = { setTimeout };', 'setTimeout'],
    ['queueMicrotask(() => {});', 'queueMicrotask'],
    ['crypto.getRandomValues(bytes);', 'crypto'],
    ['const home = process.env.HOME;', 'process'],
    ['const bytes = Buffer.from(text);', 'Buffer'],
    ['globalThis.setTimeout(() => {}, 1);', 'globalThis'],
    ["console.log('hi');", 'console'],
    ['function f(clock = performance) {}', 'performance'],
  ])('must not contain: %s', (code, name) => {
    for (const folder of [
      'shared/wire',
      'gateway/transport',
      'gateway/client',
      'gateway/server',
      'web/src/model',
    ]) {
      expect(inspectFile(`${folder}/file.ts`, code)).toEqual([
        `${folder}/file.ts:1 uses the global ${name}: in a pure folder it comes as an argument`,
      ]);
    }
  });

  it.each([
    'const moment = message.Date;',
    'const message = { Date: 1, process: 2 };',
    'interface Clock { performance: number; readonly Date: string }',
    'let moment: Date;',
    'const largest = Math.max(1, 2);',
    'function seal(crypto: Seal) { return crypto.seal(); }',
    "import { process } from './process.ts'; process();",
  ])('%s does not use a global', (code) => {
    expect(inspectFile('shared/wire/file.ts', code)).toEqual([]);
  });

  it('other folders may use the machine', () => {
    expect(inspectFile('gateway/net/clock.ts', 'const now = Date.now();')).toEqual([]);
  });
});

describe('citations', () => {
  const citable: Citable = {
    exists: (path) => ['docs/SECURITY.md', 'gateway/net', 'shared/limits.ts'].includes(path),
    protocolRules: new Set(['6.20']),
    decisions: new Set(['0007']),
    uiItems: new Set(['17']),
    sections: (document) => new Set(document === 'PROTOCOL' || document === 'SECURITY' ? ['2'] : []),
  };

  it.each([
    'see DESIGN section 8',
    'DESIGN 7: a title of a test',
    'UI 18',
    'PROTOCOL 6.21',
    'PROTOCOL section 9',
    'docs/SECURITY.md section 9',
    'decisions/0099',
    'decision 0099',
    'docs/decisions/0099',
    'docs/GONE.md',
    'in gateway/chat the same is shown',
    'shared/limits.tsx',
  ])('"%s" leads nowhere', (text) => {
    expect(deadCitations(text, citable)).not.toEqual([]);
  });

  it.each([
    'UI 17',
    'PROTOCOL 6.20',
    'PROTOCOL section 2',
    'docs/SECURITY.md section 2',
    'decisions/0007',
    'docs/decisions/0007',
    'the folder gateway/net/ has the sockets',
    'shared/limits.ts.',
    'any of shared/*.ts',
    "import '../../shared/gone.ts'",
  ])('"%s" is fine', (text) => {
    expect(deadCitations(text, citable)).toEqual([]);
  });

  it('a link of a document leads to a file beside it', () => {
    const text = '[a](there.md#part) [b](gone.md) [c](https://example.org/) [d](#here)';
    expect(deadLinks(text, (path) => path === 'there.md')).toEqual(['gone.md']);
  });
});

describe('plain English', () => {
  it.each([
    ['Whoever comes anew is none.', 3],
    ['Who is away gets it later.', 1],
    ['Nobody else, somebody, anybody any more', 4],
    ['Who is here?', 0],
    ['The recipient gets it later.', 0],
  ])('"%s" has %i words of the dialect', (text, count) => {
    expect(countDialect(text)).toBe(count);
  });

  it('a folder may have as many as its row says, and a file without a row none', () => {
    const found = new Map([
      ['a/one.ts', 1],
      ['a/two.ts', 1],
      ['a/b/three.ts', 5],
      ['c/four.ts', 1],
    ]);
    expect(compare('words', found, { 'a/': 1, 'a/b/': 5 })).toEqual([
      'c/four.ts has 1 words, and none is allowed',
      'a/ has 2 words, and 1 are allowed',
    ]);
  });
});

describe('packed lines', () => {
  it.each([
    ['const x = { ...{ a, b }, c };', [1]],
    ["const x = [\n  ...['a', 'b'],\n];", [2]],
    ['const x = { ...rest, ...(a ? { a } : {}) };', []],
    ['const x = [...rest];', []],
  ])('%s', (code, lines) => {
    expect(packingSpreads(parse('file.ts', code))).toEqual(lines);
  });
});

describe('promises', () => {
  const document = '| promise | shown by |\n|---|---|\n| a secret stays one | `keeps the secret` |\n';

  it('a test with the title of the row shows a promise', () => {
    expect(promisesWithoutTest(document, ["it('keeps the secret', ...)"])).toEqual([]);
  });

  it('a promise whose test is gone is found, and a row without a test', () => {
    expect(promisesWithoutTest(`${document}| another one |\n`, ["it('keeps it', ...)"])).toEqual([
      'docs/SECURITY.md names a test that is not there: keeps the secret',
      'docs/SECURITY.md has a row that names no test: | another one |',
    ]);
  });
});

describe('the packages of npm start', () => {
  const program = (changed: Record<string, string>) =>
    new Map(Object.entries({ ...Object.fromEntries(programEntries.map((file) => [file, ''])), ...changed }));

  it('are all that the program imports at run time, directly or through other files', () => {
    const texts = program({
      'gateway/main.ts': `import './a.ts';\nimport type { Rules } from 'of-types';`,
      'gateway/a.ts': `export { noise } from 'noise-handshake';\nimport { b } from '@scope/there/b';`,
      'gateway/a.test.ts': `import { it } from 'vitest';`,
      'web/src/main.ts': `import App from './App.svelte';\nimport './app.css';`,
      'web/src/App.svelte': `<script lang="ts">\nimport '@scope/font/wght.css';\n</script>`,
    });
    expect(missingPackages(texts, ['@scope/there'])).toEqual([
      'gateway/a.ts:1 imports noise-handshake, and npm start does not install it: see dependencies',
      'web/src/App.svelte:2 imports @scope/font, and npm start does not install it: see dependencies',
    ]);
    expect(missingPackages(texts, ['@scope/there', '@scope/font', 'noise-handshake'])).toEqual([]);
  });

  it('are looked for from places that exist', () => {
    const texts = program({});
    texts.delete('gateway/main.ts');
    expect(missingPackages(texts, [])).toEqual(['gateway/main.ts begins the program and is not there']);
  });
});

describe('wrongPictures', () => {
  const names = Array.from({ length: 12 }, (_, number) => `picture-${number}.webp`);
  const pictures = names.map((name) => ({ name, bytes: 100_000 }));
  const table = names.map((name) => `| ![A picture](${name}) | what it shows |`).join('\n');
  const readme = '![A picture](docs/screens/picture-3.webp)';

  it('finds nothing where the folder and the table have the same twelve pictures and the README shows one', () => {
    expect(wrongPictures(pictures, table, readme)).toEqual([]);
  });

  it('names a picture that is not in the table, one that is missing, and one that is too large', () => {
    const others = [...pictures.slice(1), { name: 'other.png', bytes: 100_001 }];
    expect(wrongPictures(others, table, readme)).toEqual([
      'docs/screens: other.png is not in its table',
      'docs/screens: picture-0.webp is not there',
      'docs/screens: other.png has 100001 bytes, and not at most 100000',
    ]);
  });

  it('wants twelve pictures, and one of them in the README', () => {
    expect(
      wrongPictures(pictures.slice(1), table.split('\n').slice(1).join('\n'), '![](docs/screens/x)'),
    ).toEqual([
      'docs/screens: its table has 11 pictures, and not 12',
      'docs/screens: README.md shows none of the pictures',
    ]);
  });
});

describe('a title of an element', () => {
  const titlesIn = (markup: string, file = 'web/src/components/Row.svelte') =>
    plainTitles(new Map([[file, markup]]));

  it('is refused in a component, however it is written', () => {
    const told = (line: number, name: string) =>
      `web/src/components/Row.svelte:${line} gives <${name}> a title: the keyboard needs data-tip instead`;
    expect(titlesIn('<p>\n  <bdi title={name}>{name}</bdi>\n</p>')).toEqual([told(2, 'bdi')]);
    expect(titlesIn('{#if x}<button {title}>x</button>{/if}')).toEqual([told(1, 'button')]);
    expect(titlesIn('<a title="Back" href="/">x</a>')).toEqual([told(1, 'a')]);
  });

  it('is allowed as a property of a component, as the name of a frame or a drawing, and as the title of the page', () => {
    expect(titlesIn('<Card title={name} />')).toEqual([]);
    expect(titlesIn('<iframe title={name}></iframe><svg><title>x</title></svg>')).toEqual([]);
    expect(titlesIn('<svelte:head><title>{name}</title></svelte:head>')).toEqual([]);
  });

  it('is not looked for outside of the web app', () => {
    expect(titlesIn('<p title="x">x</p>', 'docs/Row.svelte')).toEqual([]);
  });
});
