/** The gateway runs on this computer: it is back within moments, or the user has to start it. */
const retryDelayMsMin = 250;
const retryDelayMsMax = 5_000;

/** 0.25, 0.5, 1, 2, 4, 5, 5 ... seconds after the first, second ... failure in a row (`failures` from 0). */
export function retryDelayMs(failures: number): number {
  return Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** Math.min(failures, 10));
}
