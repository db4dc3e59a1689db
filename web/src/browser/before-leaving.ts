/** Long enough that fast typing causes one call, short enough that a crash of the browser costs few words. */
const delayMs = 500;

/** Calls back once: after half a second, or when the page is hidden or left, or another window gets the focus, if that comes first. */
export function beforeLeaving(callback: () => void): void {
  const stop = new AbortController();
  const call = () => {
    stop.abort();
    clearTimeout(timer);
    callback();
  };
  const timer = setTimeout(call, delayMs);
  window.addEventListener('pagehide', call, { signal: stop.signal });
  window.addEventListener('blur', call, { signal: stop.signal });
  document.addEventListener('visibilitychange', call, { signal: stop.signal });
}
