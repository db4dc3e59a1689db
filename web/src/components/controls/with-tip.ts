/** Returns the words of the tip of an element: its `data-tip`, or its label if that is empty. */
export function wordsOf(element: HTMLElement): string {
  return element.dataset['tip'] || (element.getAttribute('aria-label') ?? '');
}

/** Returns the element with a tip that the target of an event is, or stands in. */
export function withTip(target: EventTarget | null): HTMLElement | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
  return element === null || wordsOf(element) === '' ? null : element;
}

/** Returns whether a press on the element does something. Otherwise it is a text, or an icon that says something. */
export function isControl(element: HTMLElement): boolean {
  return element.closest('button, a') !== null;
}
