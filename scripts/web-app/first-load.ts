import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A part of the build, as vite's manifest has it. The keys of `imports` and `dynamicImports` are those of the manifest. */
interface BuiltPart {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}
export type Manifest = Readonly<Record<string, BuiltPart>>;

const components = 'src/components';
const chat = `${components}/shell/Chat.svelte`;
/** The texts, of which each page requests those of its language. German needs more letters: it may have 2 kB more than English. */
const languages = {
  English: { name: 'en', moreBytes: 0 },
  German: { name: 'de', moreBytes: 2_000 },
} as const;

/**
 * The screens that a page begins with, the parts that each requests before the user acts, and the most bytes of their gzip files
 * (docs/decisions/0031-first-load.md). 1 kB is 1,000 bytes.
 */
const ownScreens = {
  'first screen': { parts: [`${components}/first-screen/FirstScreen.svelte`], bytesMax: 95_000 },
  chat: { parts: [chat], bytesMax: 95_000 },
  conversation: { parts: [chat, `${components}/conversation/Conversation.svelte`], bytesMax: 130_000 },
  room: { parts: [chat, `${components}/rooms/RoomPane.svelte`], bytesMax: 130_000 },
} as const;

/** Those of the page of a guest. */
const guestChat = [`${components}/guest-page/GuestApp.svelte`, 'src/app/app.svelte.ts', chat];
const guestScreens = {
  'nickname of a guest': { parts: [], bytesMax: 90_000 },
  'chat of a guest': { parts: guestChat, bytesMax: 130_000 },
} as const;

interface Page {
  readonly entry: string;
  readonly catalogues: readonly string[];
  readonly screens: Readonly<
    Record<string, { readonly parts: readonly string[]; readonly bytesMax: number }>
  >;
}

/** The folders of the pages in dist/, the page of each, and its catalogues of texts. */
const pages: Readonly<Record<'web' | 'guest', Page>> = {
  web: { entry: 'index.html', catalogues: [''], screens: ownScreens },
  guest: { entry: 'guest.html', catalogues: ['', '-guest'], screens: guestScreens },
};

export interface FirstLoad {
  readonly language: string;
  readonly screen: string;
  /** Script and style, each file once. */
  readonly files: readonly string[];
  /** Of their gzip files. */
  readonly bytes: number;
  readonly bytesMax: number;
}

/** Returns the first load of each screen in each language, in a build of this page below the folder `dist`. */
export function firstLoads(dist: string, page: keyof typeof pages): readonly FirstLoad[] {
  const folder = join(dist, page);
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8')) as Manifest;
  const { entry, catalogues, screens } = pages[page];
  return Object.entries(languages).flatMap(([language, { name, moreBytes }]) =>
    Object.entries(screens).map(([screen, { parts, bytesMax }]) => {
      const texts = catalogues.map((end) => `src/i18n/${name}${end}.ts`);
      const files = filesOf(manifest, [entry, ...texts, ...parts]);
      const bytes = files.reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0);
      return { language, screen, files, bytes, bytesMax: bytesMax + moreBytes };
    }),
  );
}

/** Returns the files of these parts and of all that they import statically. */
export function filesOf(manifest: Manifest, begin: readonly string[]): readonly string[] {
  const files = new Set<string>();
  const keys = new Set(begin);
  // The set grows while the loop runs.
  for (const key of keys) {
    const part = manifest[key];
    if (part === undefined) throw new Error(`The build has no part ${key}.`);
    files.add(part.file);
    for (const style of part.css ?? []) files.add(style);
    for (const imported of part.imports ?? []) keys.add(imported);
  }
  return [...files];
}
