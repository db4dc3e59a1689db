const actions = ['pointerdown', 'keydown'] as const;

/** What the first action asks for, as a conversation, comes first. */
const afterFirstActionMs = 2_000;

/**
 * Calls `act` once, two seconds after the first action of the user, when the browser is idle. What the user may open next is loaded
 * then: it has to be there also when the gateway has ended.
 */
export function afterFirstAction(act: () => void): void {
  const begin = (): void => {
    for (const action of actions) removeEventListener(action, begin, true);
    setTimeout(() => void whenIdle().then(act), afterFirstActionMs);
  };
  for (const action of actions) addEventListener(action, begin, true);
}

/** Resolves when the browser has nothing else to do. */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no requestIdleCallback.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve, 50);
  });
}
