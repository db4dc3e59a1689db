/** What a folder may not import. docs/ARCHITECTURE.md says why. */
export interface ImportRule {
  /** The rule holds for the files below this folder. */
  readonly folder: string;
  /** The rule does not hold for the files below these folders. */
  readonly except?: readonly string[];
  /** Folders (ending in `/`) or modules. `*` at the end of a module stands for any text. */
  readonly never: readonly string[];
}

const sql = ['node:sqlite', 'gateway/store/sqlite/'];
const webServer = ['fastify', '@fastify/*', 'ws'];

export const importRules: readonly ImportRule[] = [
  { folder: 'shared/', never: ['node:*', ...webServer, 'svelte*', 'gateway/', 'web/'] },
  { folder: 'shared/wire/', never: ['shared/chat/', 'shared/bridge/'] },
  { folder: 'shared/chat/', never: ['shared/wire/', 'shared/bridge/'] },
  { folder: 'shared/discovery/', never: ['shared/wire/', 'shared/chat/', 'shared/bridge/', 'shared/model/'] },
  { folder: 'shared/rooms/', never: ['shared/wire/', 'shared/bridge/', 'shared/model/'] },
  { folder: 'shared/model/', never: ['shared/wire/', 'shared/chat/'] },
  {
    folder: 'gateway/transport/',
    never: [
      'node:*',
      ...webServer,
      'gateway/net/',
      'gateway/client/',
      'gateway/server/',
      'gateway/store/',
      'gateway/control/',
      'shared/chat/',
      'gateway/crypto/',
    ],
  },
  {
    folder: 'gateway/discovery/',
    never: [
      'node:*',
      ...webServer,
      'gateway/net/',
      'gateway/client/',
      'gateway/server/',
      'gateway/store/',
      'gateway/control/',
      'gateway/crypto/',
      'shared/chat/',
      'shared/bridge/',
    ],
  },
  {
    folder: 'gateway/check/',
    never: [
      'node:*',
      ...webServer,
      'gateway/net/',
      'gateway/client/',
      'gateway/server/',
      'gateway/store/',
      'gateway/control/',
      'gateway/crypto/',
      'shared/chat/',
      'shared/bridge/',
    ],
  },
  {
    folder: 'gateway/net/',
    never: ['gateway/client/', 'gateway/server/', 'gateway/store/', 'gateway/control/', 'gateway/bridge/'],
  },
  {
    folder: 'gateway/client/',
    never: [
      'node:*',
      ...webServer,
      ...sql,
      'gateway/net/',
      'gateway/server/',
      'gateway/files/',
      'shared/bridge/',
    ],
  },
  { folder: 'gateway/server/', never: ['node:*', ...webServer, ...sql, 'gateway/net/', 'gateway/client/'] },
  {
    folder: 'gateway/files/',
    never: [
      ...webServer,
      'node:sqlite',
      'gateway/net/',
      'gateway/transport/',
      'gateway/client/',
      'gateway/server/',
      'gateway/control/',
      'gateway/bridge/',
      'gateway/terminal/',
    ],
  },
  {
    folder: 'gateway/store/',
    except: ['gateway/store/sqlite/'],
    never: [...sql, 'gateway/transport/', 'gateway/control/'],
  },
  { folder: 'gateway/control/', never: [...webServer, 'gateway/net/', 'shared/wire/'] },
  {
    folder: 'gateway/notify/',
    never: [
      ...webServer,
      ...sql,
      'gateway/net/',
      'gateway/transport/',
      'gateway/server/',
      'gateway/store/',
      'gateway/bridge/',
    ],
  },
  {
    folder: 'gateway/bridge/',
    never: [
      'gateway/transport/',
      'gateway/net/',
      'gateway/client/',
      'gateway/server/',
      'gateway/store/',
      'shared/wire/',
      'gateway/terminal/',
    ],
  },
  {
    folder: 'gateway/terminal/',
    never: [
      'gateway/transport/',
      'gateway/net/',
      'gateway/client/',
      'gateway/server/',
      'gateway/store/',
      'shared/wire/',
      'gateway/bridge/',
    ],
  },
  { folder: 'web/', never: ['node:*', 'gateway/'] },
  { folder: 'web/src/components/', never: ['web/src/bridge/', 'shared/wire/'] },
  // Each of these modules has one place.
  { folder: 'gateway/', except: ['gateway/store/sqlite/'], never: ['node:sqlite'] },
  { folder: 'gateway/', except: ['gateway/net/'], never: ['node:dgram'] },
  { folder: 'gateway/', except: ['gateway/crypto/'], never: ['sodium-native', 'noise-handshake', '@hpke/*'] },
  { folder: 'gateway/', except: ['gateway/bridge/', 'gateway/guests/listener/'], never: webServer },
  {
    folder: 'gateway/',
    except: ['gateway/simulation/', 'gateway/system-tests/'],
    never: ['gateway/simulation/', 'gateway/system-tests/', 'bench/'],
  },
];

/** Folders that get time, randomness and the machine only as arguments. */
export const pureFolders: readonly string[] = [
  'shared/',
  'gateway/transport/',
  'gateway/discovery/',
  'gateway/check/',
  'gateway/client/',
  'gateway/server/',
  'web/src/model/',
];

export const impureGlobals: ReadonlySet<string> = new Set([
  'Date',
  'performance',
  'crypto',
  'process',
  'Buffer',
  'globalThis',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'window',
  'document',
  'localStorage',
  'sessionStorage',
  'fetch',
  'WebSocket',
]);

/** Longer files are listed. Such a file may hold two ideas. */
export const longFileLines = 600;

/** Tests may import what they test. */
export function isTest(file: string): boolean {
  return (
    file.endsWith('.test.ts') ||
    file.startsWith('gateway/simulation/') ||
    file.startsWith('gateway/system-tests/')
  );
}

/** Files that a program writes. */
export function isGenerated(file: string): boolean {
  return /\bgenerated\b/u.test(file);
}

/** Files that name paths, citations or words only as examples. */
export function quotesForeignText(file: string): boolean {
  return (
    file === 'scripts/structure.test.ts' ||
    file === 'scripts/structure/citations.ts' ||
    file === 'scripts/structure/dialect.ts'
  );
}
