import { openTabStorage } from './storage.ts';

const reloadedKey = 'chatagram:reloaded';

/**
 * Reloads the page once, because the gateway was updated under an open tab and now serves a page that fits. Returns false
 * if a reload has not helped. A page that would forget that it has reloaded does not reload: it would never end.
 */
export function reloadOnce(): boolean {
  const tab = openTabStorage();
  if (!tab.survivesReload || tab.getItem(reloadedKey) !== null) return false;
  tab.setItem(reloadedKey, '1');
  location.reload();
  return true;
}

/** The page fits its gateway, so the next update may reload it again. */
export function reloadHelped(): void {
  openTabStorage().removeItem(reloadedKey);
}
