/** Returns the words of the tip of an element: its `data-tip`, or its label if that is empty. */
export function wordsOf(element: HTMLElement): string {
  return element.dataset['tip'] || (element.getAttribute('aria-label') ?? '');
}

/** Returns the element with a tip that the target of an event is, or stands in. */
export function withTip(target: EventTarget | null): HTMLElement | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
  return element === null || wordsOf(element) === '' ? null : element;
}

/**
 * Returns the tips of the texts around a control that has the focus of the keyboard, which they cannot have: those inside of it, and
 * those of its message or of its row in a table, if it has a tip itself.
 */
export function textsAround(element: HTMLElement): string {
  if (!element.matches('button, a')) return '';
  const row = element.matches('[data-tip]') ? element.closest('article, [role="row"]') : null;
  const texts = [...(row ?? element).querySelectorAll<HTMLElement>('[data-tip]')]
    .filter((each) => each !== element && [null, element].includes(each.closest('button, a')))
    .map(wordsOf);
  return [...new Set(texts)].filter((words) => words !== '').join('\n');
}

/** Returns whether a press on the element does something. Otherwise it is a text, or an icon that says something. */
export function isControl(element: HTMLElement): boolean {
  return element.closest('button, a') !== null;
}
