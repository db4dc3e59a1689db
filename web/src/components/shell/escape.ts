/** Returns whether there was something to end. */
type Handler = () => boolean;

const handlers: Handler[] = [];

/** Calls `handler` when the user presses Esc and no menu, dialog or field has a use for it. Returns the end of that. */
export function onEscape(handler: Handler): () => void {
  handlers.push(handler);
  return () => void handlers.splice(handlers.indexOf(handler), 1);
}

/** Esc ends one thing: the one that came last (UI 7). */
export function escape(): boolean {
  return handlers.toReversed().some((handler) => handler());
}
