import type { Guests } from '../../../shared/bridge/guests.ts';
import { errors } from '../../../shared/errors.ts';
import { safeLine } from '../text/safe-text.ts';

/** Draws a QR code; no lines where this terminal can draw none. */
export type DrawCode = (text: string) => Promise<readonly string[]>;

/** Returns how others come in by browser, or why no one can. */
export async function guestLinkLines(guests: Guests, drawCode: DrawCode): Promise<readonly string[]> {
  const { link, fault, isOn, asks } = guests;
  if (fault !== null) return [errors[fault].sentence];
  if (!isOn) return ['No guests can come. Type guests on to let others join by browser.'];
  if (link === null)
    return ['This computer is on no local network now. Others can join by browser as soon as it is on one.'];
  const code = await drawCode(scannedLink(link));
  return [
    code.length === 0
      ? 'Others on this network join by browser: they open this link.'
      : 'Others on this network join by browser: they open this link, or scan the code.',
    link,
    ...code,
    asks
      ? 'You let each of them in with admit <n>. The link works until you type guests off or guests new.'
      : 'Each person that has the link can come in, until you type guests off or guests new.',
  ];
}

/** Capital letters make a smaller code, and mean the same in the part behind `#` (PROTOCOL 12.8). */
function scannedLink(link: string): string {
  const [origin = '', fragment = ''] = link.split('#', 2);
  return `${origin}#${fragment.toUpperCase()}`;
}

/** At most so many visitors are told at once, and then one in each interval: anyone on the network can be a visitor. */
const toldBurst = 5;
const toldIntervalMs = 10_000;

/** Tells the host of visitors that wait. */
export class WaitingGuests {
  readonly #told = new Set<number>();
  #tokens = toldBurst;
  #refilledMs: number | undefined;

  /** Returns a line for each visitor of which no line has told. `nowMs`: of a clock that never jumps. */
  take(guests: Guests | null, nowMs: number): string[] {
    const waiting = guests?.waiting ?? [];
    const numbers = new Set(waiting.map(({ number }) => number));
    for (const number of this.#told) if (!numbers.has(number)) this.#told.delete(number);
    this.#refill(nowMs);
    const news = waiting.filter(({ number }) => !this.#told.has(number)).slice(0, Math.floor(this.#tokens));
    this.#tokens -= news.length;
    return news.map(({ number, name, words, host, hasLink }) => {
      this.#told.add(number);
      const who = `${safeLine(name)} at ${host}`;
      return hasLink
        ? `${who} asks to join by browser. Type admit ${number} to let them in, or remove ${number}.`
        : `${who} asks to join by browser, without the link. If the screen there shows "${words}", type admit ${number}. If not, type bar ${number}.`;
    });
  }

  #refill(nowMs: number): void {
    const passedMs = nowMs - (this.#refilledMs ?? nowMs);
    this.#refilledMs = nowMs;
    this.#tokens = Math.min(toldBurst, this.#tokens + passedMs / toldIntervalMs);
  }
}
