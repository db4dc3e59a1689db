import { ephemeralKey, type EphemeralEvent } from '../../shared/bridge/events.ts';
import { ephemeralEventsMax } from '../../shared/limits.ts';

/**
 * The ephemeral events of one subscriber, until it takes them. A newer event replaces the one with the same key, so that
 * a slow subscriber sees the newest state and costs no more than `ephemeralEventsMax` events.
 */
export class EphemeralSubscription {
  readonly #onEvent: () => void;
  readonly #onClosed: (subscription: EphemeralSubscription) => void;
  readonly #waiting = new Map<string, EphemeralEvent>();
  #isClosed = false;

  /** `onEvent` is called after each event: there is something to take. */
  constructor(
    onEvent: () => void,
    onClosed: (subscription: EphemeralSubscription) => void = () => undefined,
  ) {
    this.#onEvent = onEvent;
    this.#onClosed = onClosed;
  }

  /** Adds an event. Past `ephemeralEventsMax`, the key that changed least recently is dropped. */
  put(event: EphemeralEvent): void {
    if (this.#isClosed) return;
    const key = ephemeralKey(event);
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    if (this.#waiting.size > ephemeralEventsMax) this.#dropOldest();
    this.#onEvent();
  }

  /** Returns the event that has waited longest, and undefined when none waits. */
  take(): EphemeralEvent | undefined {
    for (const [key, event] of this.#waiting) {
      this.#waiting.delete(key);
      return event;
    }
    return undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#onClosed(this);
  }

  #dropOldest(): void {
    for (const key of this.#waiting.keys()) {
      this.#waiting.delete(key);
      return;
    }
  }
}
