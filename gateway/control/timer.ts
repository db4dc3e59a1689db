/** Calls back after so many milliseconds, unless the returned function is called before. Does not keep the process alive. */
export function startTimer(waitMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, waitMs);
  timer.unref();
  return () => clearTimeout(timer);
}
