import { isGrease } from '../../shared/chat/grease.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import { refusalCodesMax } from '../../shared/limits.ts';

/** Counts what the server refuses, by code, for its operator. */
export class RefusalCounts {
  readonly #counts = new Map<string, number>();

  /** Counts a message that the server sends, if it refuses something. */
  add(sent: ProtocolMessage): void {
    const code = codeOf(sent);
    if (code === undefined) return;
    if (!this.#counts.has(code) && this.#counts.size >= refusalCodesMax) return;
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** The counts since the start, by code. */
  all(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

function codeOf(sent: ProtocolMessage): string | undefined {
  // PROTOCOL 6.65: the sender wanted nothing, and so nothing was refused.
  if (sent.kind === 'error' && sent.about !== null && isGrease(sent.about)) return undefined;
  if ('code' in sent) return sent.code;
  return sent.kind === 'room-appended' ? sent.refused?.code : undefined;
}
