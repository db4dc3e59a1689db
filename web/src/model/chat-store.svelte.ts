import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { HistoryResult } from '../../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import {
  applyEvent,
  applyHistory,
  applySnapshot,
  dismissToast,
  initialState,
  type ChatState,
} from './chat.ts';
import type { Toast } from './toasts.ts';

/** Holds what the gateway has told; components read `current`, the bridge feeds it. */
export class ChatStore {
  // Raw: states are replaced, never changed inside, so nothing has to be wrapped.
  #current = $state.raw<ChatState>(initialState);

  get current(): ChatState {
    return this.#current;
  }

  snapshot(snapshot: Snapshot): void {
    this.#current = applySnapshot(this.#current, snapshot);
  }

  event(event: BridgeEvent): void {
    this.#current = applyEvent(this.#current, event);
  }

  history(peer: PeerKey, before: MessageId, history: HistoryResult): void {
    this.#current = applyHistory(this.#current, peer, before, history);
  }

  dismiss(toast: Toast): void {
    this.#current = dismissToast(this.#current, toast);
  }
}
