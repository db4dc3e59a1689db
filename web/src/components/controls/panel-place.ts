import { getContext, setContext } from 'svelte';

/** Where a panel stands: over the page, or in a pane beside the conversation. */
type PanelPlace = 'dialog' | 'pane';

const place = Symbol('panel place');

export function setPanelPlace(chosen: PanelPlace): void {
  setContext(place, chosen);
}

export function getPanelPlace(): PanelPlace {
  return getContext<PanelPlace | undefined>(place) ?? 'dialog';
}
