import type { Answer, AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { TabFrame } from '../../../shared/bridge/frames.ts';
import { keptInTab, type StoredCommand } from './checked-schemas.ts';
import type { CommandStorage } from './command-storage.ts';

export interface QueuePorts {
  /** Returns false if nothing was sent. */
  send(frame: TabFrame): boolean;
  newId(): string;
  nowMs(): number;
  storage: CommandStorage;
  /** Called after each answer, also to commands that the tab sent before a reload. */
  answered(command: StoredCommand, answer: Answer, sentBefore: boolean): void;
}

interface Waiting {
  readonly stored: StoredCommand;
  readonly resolve: ((answer: Answer) => void) | undefined;
  /** How often the command left. After more than one time, the gateway may have executed it long ago. */
  timesSent: number;
}

/**
 * Holds commands until they are answered. Commands with `keepInTab` also go to the browser's storage, so that a tab that
 * dies loses nothing; their ids make each of them happen once. Stored commands belong to one user, because another user may
 * have a gateway at the same address tomorrow.
 */
export class CommandQueue {
  readonly #ports: QueuePorts;
  readonly #waiting = new Map<string, Waiting>();
  #owner: PeerKey | null = null;
  #ready = false;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
  }

  /** Resolves with the gateway's answer, however long it takes. */
  execute<C extends Command>(command: C): Promise<AnswerTo<C>> {
    const answer = new Promise<Answer>((resolve) => {
      const id = this.#ports.newId();
      const stored = { id, owner: this.#owner, command, typedAtMs: this.#ports.nowMs() };
      if (keptInTab.includes(command.type)) this.#ports.storage.put(stored);
      const waiting = { stored, resolve, timesSent: 0 };
      this.#waiting.set(id, waiting);
      if (this.#ready) this.#send(waiting);
    });
    return answer;
  }

  /** The gateway has greeted: sends everything unanswered again, in its original order. */
  resume(): void {
    this.#ready = true;
    this.#sendAll(() => true);
  }

  pause(): void {
    this.#ready = false;
  }

  /** Sets the user of this gateway, null before a chat is joined. Returns this user's stored commands, which are sent again. */
  setOwner(owner: PeerKey | null): readonly StoredCommand[] {
    if (owner === this.#owner) return [];
    this.#owner = owner;
    if (owner === null) return [];
    const revived = this.#ports.storage.all(owner).filter((stored) => !this.#waiting.has(stored.id));
    for (const stored of revived) this.#waiting.set(stored.id, { stored, resolve: undefined, timesSent: 0 });
    if (this.#ready) this.#sendAll((waiting) => waiting.stored.owner === owner);
    return revived;
  }

  /** Returns a command that waits for its answer. */
  commandOf(id: string): Command | undefined {
    return this.#waiting.get(id)?.stored.command;
  }

  answer(id: string, answer: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#ports.storage.remove(waiting.stored);
    this.#ports.answered(waiting.stored, answer, waiting.timesSent > 1);
    waiting.resolve?.(answer);
  }

  #sendAll(wanted: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting.values()) {
      if (wanted(waiting)) this.#send(waiting);
    }
  }

  #send(waiting: Waiting): void {
    const { id, owner, command } = waiting.stored;
    if (owner !== null && owner !== this.#owner) return;
    if (this.#ports.send({ type: 'command', id, command })) waiting.timesSent += 1;
  }
}
