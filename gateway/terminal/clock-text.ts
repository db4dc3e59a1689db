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

/** The sender's clock is the sender's word: beyond these, Date has no such time (ECMA-262, 21.4.1.1). */
function isTime(wallMs: number): boolean {
  return Math.abs(wallMs) <= 8.64e15;
}
