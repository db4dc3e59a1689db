/** Returns a formatter of wall clock times: `14:03`, in 24 hours. The default time zone is the machine's. */
export function clockTextIn(timeZone?: string): (wallMs: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return (wallMs) => (isTime(wallMs) ? format.format(wallMs) : '--:--');
}

/**
 * Returns a formatter of past wall clock times: `5 minutes ago`, `today at 14:03`, `on 3 November 2025`. A time in the
 * future gives an empty text.
 */
export function agoTextIn(timeZone?: string): (wallMs: number, nowMs: number) => string {
  const clockText = clockTextIn(timeZone);
  const date = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return (wallMs, nowMs) => {
    const minutes = Math.floor((nowMs - wallMs) / 60_000);
    // The clocks of two machines are compared only approximately, so a time slightly in the future is possible.
    if (!isTime(wallMs) || minutes < -1) return '';
    if (minutes < 1) return 'just now';
    if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
    const day = date.format(wallMs);
    return day === date.format(nowMs) ? `today at ${clockText(wallMs)}` : `on ${day}`;
  };
}

/** A sender can claim any time. Date has no times beyond these (ECMA-262, 21.4.1.1). */
function isTime(wallMs: number): boolean {
  return Math.abs(wallMs) <= 8.64e15;
}
