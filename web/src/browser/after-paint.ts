/** Calls back once the next picture of this page is on the screen. While the page is hidden, that is when it is seen again. */
export function afterPaint(callback: () => void): void {
  // A task that begins in a frame runs after the frame was painted.
  requestAnimationFrame(() => setTimeout(callback));
}
