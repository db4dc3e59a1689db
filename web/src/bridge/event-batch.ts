import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import type { SocketPorts } from './socket.ts';

/** A single event is drawn at once, a flood only this often, because each drawing measures the whole log. */
const drawEveryMs = 50;

/** Collects events that arrive faster than the page can draw them, and passes them on together and in order. */
export class EventBatch {
  readonly #ports: Pick<SocketPorts, 'nowMs' | 'after'>;
  readonly #apply: (events: readonly BridgeEvent[]) => void;
  #events: BridgeEvent[] = [];
  readonly #afterwards: (() => void)[] = [];
  #cancel: (() => void) | undefined;
  #appliedAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: Pick<SocketPorts, 'nowMs' | 'after'>, apply: (events: readonly BridgeEvent[]) => void) {
    this.#ports = ports;
    this.#apply = apply;
  }

  add(event: BridgeEvent): void {
    this.#events.push(event);
    if (this.#cancel !== undefined) return;
    // A clock that was set back must not delay anything.
    const sinceMs = Math.abs(this.#ports.nowMs() - this.#appliedAtMs);
    if (sinceMs >= drawEveryMs) this.flush();
    else this.#cancel = this.#ports.after(drawEveryMs - sinceMs, () => this.flush());
  }

  /** The page draws something of its own now, so events that follow soon are drawn together a little later. */
  drawsNow(): void {
    this.#appliedAtMs = this.#ports.nowMs();
  }

  /** Calls back after the events that came until now, whenever they are drawn. */
  afterwards(callback: () => void): void {
    if (this.#events.length === 0) callback();
    else this.#afterwards.push(callback);
  }

  /** Passes the collected events on now, before anything that must follow them. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#appliedAtMs = this.#ports.nowMs();
    this.#apply(events);
    for (const callback of this.#afterwards.splice(0)) callback();
  }
}
