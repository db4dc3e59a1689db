import type { Component, ComponentProps, SvelteComponent } from 'svelte';
import OnDemand from './OnDemand.svelte';

/** The properties of any component. */
export type AnyProps = ComponentProps<SvelteComponent>;

type Import<Props extends AnyProps> = () => Promise<{ readonly default: Component<Props> }>;

type PartState<Props extends AnyProps> =
  | { readonly name: 'absent' }
  | { readonly name: 'loading'; readonly done: Promise<void> }
  | { readonly name: 'loaded'; readonly component: Component<Props> }
  | { readonly name: 'failed'; readonly error: unknown };

/** A component with the code that the page loads for it. */
export class Part<Props extends AnyProps> {
  readonly #import: Import<Props>;
  #state = $state.raw<PartState<Props>>({ name: 'absent' });

  constructor(load: Import<Props>) {
    this.#import = load;
  }

  /** The component; undefined until its code is there. Throws if it cannot be loaded: the boundary around it says so. */
  get component(): Component<Props> | undefined {
    if (this.#state.name === 'failed') throw this.#state.error;
    return this.#state.name === 'loaded' ? this.#state.component : undefined;
  }

  /** Loads the code, unless it is there. After a failure, that is a new try. */
  load(): Promise<void> {
    if (this.#state.name === 'loaded') return Promise.resolve();
    if (this.#state.name === 'loading') return this.#state.done;
    const done = this.#import().then(
      ({ default: component }) => void (this.#state = { name: 'loaded', component }),
      (error: unknown) => void (this.#state = { name: 'failed', error }),
    );
    this.#state = { name: 'loading', done };
    return done;
  }
}

// A plain collection: no component draws it.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const parts = new Set<{ load(): Promise<void> }>();

/**
 * Returns a component that loads its code when it is first shown (docs/decisions/0031-first-load.md). Use it for what the user
 * opens: panels, dialogs and menus.
 */
export function onDemand<Props extends AnyProps>(load: Import<Props>): Component<Props> {
  const part = new Part(load);
  parts.add(part);
  return (internals, props) => OnDemand(internals, { part, props });
}

/**
 * Loads all parts, and those that they bring, one after the other. Before each, it waits for `turn`, so that a user who types does not
 * wait. A part that fails is tried again when it is shown.
 */
export async function loadAllParts(turn: () => Promise<void>): Promise<void> {
  // The set grows while the loop runs.
  for (const part of parts) {
    await turn();
    await part.load();
  }
}
