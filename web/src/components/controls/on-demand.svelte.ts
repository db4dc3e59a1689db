import type { Component, ComponentProps, Snippet, SvelteComponent } from 'svelte';
import type { CommandType } from '../../../../shared/bridge/commands.ts';
import OnDemand from './OnDemand.svelte';

/** The properties of any component. */
export type AnyProps = ComponentProps<SvelteComponent>;

export interface Loading {
  /** Stands in the place of a part until its code is there. */
  readonly loading?: Snippet;
}

type Import<Props extends AnyProps> = () => Promise<{ readonly default: Component<Props> }>;

type PartState<Props extends AnyProps> =
  | { readonly name: 'absent' }
  | { readonly name: 'loading'; readonly done: Promise<void> }
  | { readonly name: 'loaded'; readonly component: Component<Props> }
  | { readonly name: 'failed'; readonly error: unknown };

/** A component with the code that the page loads for it. */
export class Part<Props extends AnyProps> {
  /** The command that the part serves. A page that may not give it never shows the part. */
  readonly command: CommandType | undefined;
  readonly #import: Import<Props>;
  #state = $state.raw<PartState<Props>>({ name: 'absent' });

  constructor(load: Import<Props>, command: CommandType | undefined) {
    this.#import = load;
    this.command = command;
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
const parts = new Set<Pick<Part<AnyProps>, 'command' | 'load'>>();

/**
 * Returns a component that loads its code when it is first shown (docs/decisions/0031-first-load.md). Use it for what the user
 * opens: panels, dialogs and menus. Name the command that it serves if a guest may not give it.
 */
export function onDemand<Props extends AnyProps>(
  load: Import<Props>,
  command?: CommandType,
): Component<Props & Loading> {
  const part = new Part(load, command);
  parts.add(part);
  return (internals, props) => OnDemand(internals, { part, props });
}

/**
 * Loads all parts that the page can show, and those that they bring, one after the other. Before each, it waits for `turn`, so that a user
 * who types does not wait. A part that fails is tried again when it is shown.
 */
export async function loadAllParts(
  turn: () => Promise<void>,
  may: (command: CommandType) => boolean,
): Promise<void> {
  // The set grows while the loop runs.
  for (const part of parts) {
    if (part.command !== undefined && !may(part.command)) continue;
    await turn();
    await part.load();
  }
}
