import { untrack } from 'svelte';

/**
 * Returns a value as a source of its own. Readers of a derived value are visited whenever its sources change. Readers of this one
 * are visited only if the value is another one: in a long log that is one row of hundreds. Call it while a component starts.
 */
export function steady<Value>(read: () => Value): { readonly current: Value } {
  let current = $state.raw(untrack(read));
  $effect.pre(() => {
    current = read();
  });
  return {
    get current() {
      return current;
    },
  };
}
