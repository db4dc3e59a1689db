import type { PreprocessorGroup } from 'svelte/compiler';

/** What a test does to the components that it draws. */
interface Injection {
  /** Each component calls it with its name before anything else, and fails with what it throws. */
  readonly draw: (component: string) => void;
}

/** The components find it in the global object, because they are compiled apart from the test. */
const place = 'faultInjection';

/**
 * For tests: a test of this process can see and break each component that it draws. What opens by a click is open from the
 * start, because nothing can be clicked where Svelte draws into a text.
 */
export const breakable: PreprocessorGroup = {
  name: 'breakable',
  markup: ({ content, filename = '' }) => {
    if (filename.includes('node_modules')) return { code: content };
    const name = /([^/\\]+)\.svelte$/.exec(filename)?.[1] ?? '';
    const opened = content.replaceAll('$state(false)', `$state(globalThis.${place} !== undefined)`);
    return { code: opened.replace('<script lang="ts">', `$&globalThis.${place}?.draw('${name}');`) };
  },
};

/** Runs `act` with an injection. Nothing else of the process may draw in this time. */
export function withInjection<Result>(injection: Injection, act: () => Result): Result {
  Reflect.set(globalThis, place, injection);
  try {
    return act();
  } finally {
    Reflect.deleteProperty(globalThis, place);
  }
}
