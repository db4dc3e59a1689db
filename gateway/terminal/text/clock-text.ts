/** Gives `14:03` of a wall clock's milliseconds, in 24 hours; without a time zone that of this machine. */
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
 * Gives `5 minutes ago`, `today at 14:03`, `on 3 November 2025` of a wall clock's milliseconds and of now; empty for what
 * has not been yet.
 */
export function agoTextIn(timeZone?: string): (wallMs: number, nowMs: number) => string {
  const clockText = clockTextIn(timeZone);
  const date = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return (wallMs, nowMs) => {
    const minutes = Math.floor((nowMs - wallMs) / 60_000);
    // The two clocks were compared, but by messages that travelled.
    if (!isTime(wallMs) || minutes < -1) return '';
    if (minutes < 1) return 'just now';
    if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
    const day = date.format(wallMs);
    return day === date.format(nowMs) ? `today at ${clockText(wallMs)}` : `on ${day}`;
  };
}

/** The sender's clock is the sender's word: beyond these, Date has no such time (ECMA-262, 21.4.1.1). */
function isTime(wallMs: number): boolean {
  return Math.abs(wallMs) <= 8.64e15;
}
