const actions = ['pointerdown', 'keydown'] as const;

/**
 * Calls `act` once, when the browser is idle after the first action of the user. What the user may open next is loaded then: it has to
 * be there also when the gateway has ended.
 */
export function afterFirstAction(act: () => void): void {
  const begin = (): void => {
    for (const action of actions) removeEventListener(action, begin, true);
    // Safari has no requestIdleCallback.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(act);
    else setTimeout(act, 1_000);
  };
  for (const action of actions) addEventListener(action, begin, true);
}
