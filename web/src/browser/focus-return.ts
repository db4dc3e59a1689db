/**
 * Returns what gives the focus back to an element. Until then, the element can go: a deleted message has no button. Then the part of
 * the page that it stood in gets the focus, and not the beginning of the page (UI 23).
 */
export function focusReturn(element: HTMLElement | null | undefined): () => void {
  const around = element?.parentElement?.closest<HTMLElement>('[tabindex]');
  return () => (element?.isConnected === true ? element : around)?.focus();
}
