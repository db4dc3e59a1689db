import type { BridgeEvent, EventCursor, NumberedEvent } from '../../shared/bridge/events.ts';
import { eventLogMax } from '../../shared/limits.ts';

export interface EventLogOptions {
  /** 16 hex digits, new at each start of the gateway. Numbers of another start mean nothing here. */
  readonly epoch: string;
  /** The number of events to keep. Past it, the oldest is dropped. */
  readonly max?: number;
  /** Called when a listener throws, which is a bug of that listener. The other listeners still get the event. */
  readonly onListenerError: (error: unknown) => void;
}

export type EventListener = (event: NumberedEvent) => void;

/** The gateway's events, numbered from 1 within an epoch. The newest are kept for frontends that return. */
export class EventLog {
  readonly #epoch: string;
  readonly #max: number;
  readonly #onListenerError: (error: unknown) => void;
  readonly #events: NumberedEvent[] = [];
  /** Each listener with the number of the newest event before it subscribed. It gets only later ones. */
  readonly #listeners = new Map<symbol, { readonly listener: EventListener; readonly heardNumber: number }>();
  /** Appended, but not told yet. A listener that appends must not make others hear the two in reverse. */
  readonly #untold: NumberedEvent[] = [];
  #telling = false;
  #lastNumber = 0;

  constructor(options: EventLogOptions) {
    this.#epoch = options.epoch;
    this.#max = options.max ?? eventLogMax;
    this.#onListenerError = options.onListenerError;
  }

  cursor(): EventCursor {
    return { epoch: this.#epoch, number: this.#lastNumber };
  }

  append(event: BridgeEvent): NumberedEvent {
    const numbered: NumberedEvent = { number: ++this.#lastNumber, event };
    // A reset replaces everything before it. A frontend that missed more is better served by a snapshot, and a log of
    // resets would hold as many snapshots as it has entries.
    if (event.type === 'reset') this.#events.length = 0;
    if (event.type === 'guests') this.#replaceGuests(event);
    this.#events.push(numbered);
    if (this.#events.length > this.#max) this.#events.shift();
    this.#untold.push(numbered);
    this.#tell();
    return numbered;
  }

  /** The events after `cursor`, in order. Undefined when not all are kept, or the cursor is not of this log. */
  since(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    const missedCount = this.#lastNumber - cursor.number;
    if (cursor.epoch !== this.#epoch || missedCount < 0 || missedCount > this.#events.length)
      return undefined;
    return missedCount === 0 ? [] : this.#events.slice(-missedCount);
  }

  /** Calls `listener` for every event that is appended from now on, in order. */
  subscribe(listener: EventListener): { unsubscribe(): void } {
    const name = Symbol('listener');
    this.#listeners.set(name, { listener, heardNumber: this.#lastNumber });
    return { unsubscribe: () => void this.#listeners.delete(name) };
  }

  /**
   * Each event about guests has the whole list, which anyone on the network can change. So the log keeps one list, and a frontend that returns
   * sees the newest one a little early.
   */
  #replaceGuests(newest: BridgeEvent): void {
    this.#events.forEach(({ number, event }, index) => {
      if (event.type === 'guests') this.#events[index] = { number, event: newest };
    });
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    for (let event = this.#untold.shift(); event !== undefined; event = this.#untold.shift()) {
      this.#tellOne(event);
    }
    this.#telling = false;
  }

  #tellOne(event: NumberedEvent): void {
    // A map's iteration skips entries that are deleted during it, so no listener hears anything after unsubscribing.
    for (const { listener, heardNumber } of this.#listeners.values()) {
      if (event.number <= heardNumber) continue;
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
