import { dayReader, isShowable } from '../model/timeline.ts';
import type { Texts } from './texts.ts';

/** Formats points in time in the reader's locale and time zone. */
export class DateFormat {
  readonly #dayOf: (atMs: number) => string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #shortDay: Intl.DateTimeFormat;
  readonly #shortDate: Intl.DateTimeFormat;
  readonly #texts: Texts;

  constructor(texts: Texts, timeZone: string, locale: string) {
    this.#texts = texts;
    this.#dayOf = dayReader(timeZone);
    this.#clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' });
    this.#seconds = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'medium' });
    this.#full = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'full', timeStyle: 'medium' });
    this.#weekday = new Intl.DateTimeFormat(locale, {
      timeZone,
      weekday: 'long',
      day: 'numeric',
      month: 'long',
    });
    this.#shortDay = new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short' });
    this.#shortDate = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium' });
    this.#date = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'long' });
  }

  /** `14:03`. */
  clock(atMs: number): string {
    return isShowable(atMs) ? this.#clock.format(atMs) : '--:--';
  }

  /** `14:03:22`, for lines that follow one another quickly. */
  seconds(atMs: number): string {
    return isShowable(atMs) ? this.#seconds.format(atMs) : '--:--:--';
  }

  /** The full date and time, shown on hover. */
  full(atMs: number): string {
    return isShowable(atMs) ? this.#full.format(atMs) : '';
  }

  /** The machine-readable form for `<time datetime>`. */
  machine(atMs: number): string {
    return isShowable(atMs) ? new Date(atMs).toISOString() : '';
  }

  day(atMs: number): string {
    return this.#dayOf(atMs);
  }

  /** Today, Yesterday, then the date, with the year only if it is not the current one (UI 12). */
  dayLine(atMs: number, nowMs: number): string {
    const day = this.#dayOf(atMs);
    const today = this.#dayOf(nowMs);
    if (day === today) return this.#texts.conversation.today;
    if (day === dayBefore(today)) return this.#texts.conversation.yesterday;
    return day.slice(0, 4) === today.slice(0, 4) ? this.#weekday.format(atMs) : this.#date.format(atMs);
  }

  /** `5 minutes ago`, `today at 14:03`, `on 3 Nov`. Empty for a future time. */
  ago(atMs: number, nowMs: number): string {
    const words = this.#texts.presence;
    const minutes = Math.floor((nowMs - atMs) / 60_000);
    // The clocks of two computers were compared through messages with a delay, so small differences remain.
    if (!isShowable(atMs) || minutes < -1) return '';
    if (minutes < 1) return words.justNow;
    if (minutes < 60) return words.minutesAgo(minutes);
    const day = this.#dayOf(atMs);
    const today = this.#dayOf(nowMs);
    if (day === today) return words.todayAt(this.#clock.format(atMs));
    if (day === dayBefore(today)) return words.yesterdayAt(this.#clock.format(atMs));
    const isThisYear = day.slice(0, 4) === today.slice(0, 4);
    return words.on((isThisYear ? this.#shortDay : this.#shortDate).format(atMs));
  }
}

/** Returns `2026-09-30` for `2026-10-01`. It uses the calendar alone, so time zones and clock changes do not matter. */
function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
