import type { Command, Outcome } from '../../shared/bridge/commands.ts';
import type { NumberedEvent, Position, Snapshot } from '../../shared/bridge/events.ts';

/**
 * The gateway as a face (browser tab, terminal, script) sees it. The WebSocket bridge and the terminal hold
 * nothing else of the gateway.
 */
export interface GatewayApi {
  /**
   * Carries a command out once and gives its answer; the same id again gets the first answer, also after a
   * restart. Never rejects: a fault inside is the refusal `internal`.
   */
  execute(commandId: string, command: Command): Promise<Outcome>;
  /** Everything as it is now, and the position at which it was true. */
  snapshot(): { readonly position: Position; readonly snapshot: Snapshot };
  /** Calls `listener` for every event from now on, in order; after `unsubscribe()` never again. */
  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void };
  /** The events after `position`, or undefined when the log no longer has them all or the epoch is another. */
  missedSince(position: Position): readonly NumberedEvent[] | undefined;
  /** The position of the newest event. */
  position(): Position;
}
