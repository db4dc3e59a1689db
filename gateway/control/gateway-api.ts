import type { AnswerTo, Command } from '../../shared/bridge/commands.ts';
import type { EventCursor, NumberedEvent, Snapshot } from '../../shared/bridge/events.ts';
import type { Refused } from '../../shared/command-result.ts';
import type { ConversationId } from '../../shared/conversation.ts';
import type { ExportForm } from '../../shared/export-forms.ts';
import type { ConversationExport } from '../export/conversation-export.ts';
import type { TraceListener } from '../trace/trace-feed.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';

/**
 * The gateway as a frontend (browser tab, prompt, script) sees it. The WebSocket bridge and the terminal hold nothing
 * else of the gateway.
 */
export interface GatewayApi {
  /**
   * Executes a command once and returns its answer. The same id again gets the first answer, also after a restart.
   * Never rejects: a fault in the program is the refusal `internal`. `subscription` is the frontend's own; commands
   * that change what it is told need it.
   */
  execute<C extends Command>(
    commandId: string,
    command: C,
    subscription?: EphemeralSubscription,
  ): Promise<AnswerTo<C>>;
  /** Returns a conversation as a file, or the refusal. Its parts come as they are asked for. */
  export(conversation: ConversationId, form: ExportForm): ConversationExport | Refused;
  /** Everything as it is now, and the cursor at which it was true. */
  snapshot(): { readonly cursor: EventCursor; readonly snapshot: Snapshot };
  /** Calls `listener` for every event from now on, in order. After `unsubscribe()` it is never called again. */
  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void };
  /** Opens a queue of ephemeral events for one frontend. `onEvent` is called when there is something to take. */
  subscribeEphemeral(onEvent: () => void): EphemeralSubscription;
  /** The events after `cursor`. Undefined when the log no longer has them all, or the epoch is another. */
  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined;
  /** The cursor of the newest event. */
  cursor(): EventCursor;
  /**
   * Calls `listener` for each trace of each role of this gateway, until the returned function is called. Without a listener
   * the roles make no traces.
   */
  watchTraces(listener: TraceListener): () => void;
}
