const reloadedKey = 'chatagram:reloaded';

/**
 * Reloads the page once, because the gateway was updated under an open tab and now serves a page that fits. Returns false
 * if a reload has not helped.
 */
export function reloadOnce(): boolean {
  if (sessionStorage.getItem(reloadedKey) !== null) return false;
  sessionStorage.setItem(reloadedKey, '1');
  location.reload();
  return true;
}

/** The page fits its gateway, so the next update may reload it again. */
export function reloadHelped(): void {
  sessionStorage.removeItem(reloadedKey);
}
