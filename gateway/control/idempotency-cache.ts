import type { Command, CommandType, Outcome } from '../../shared/bridge/commands.ts';
import { answersKeptMax } from '../../shared/limits.ts';

/** Each command id is carried out once in this process, and gets its first answer ever after (DESIGN section 8). */
export class IdempotencyCache {
  /** Commands under way: the same id again waits for the same answer. */
  readonly #underway = new Map<string, Promise<Outcome>>();
  /** The oldest go. */
  readonly #kept = new Map<string, Outcome>();

  /** `carryOut` must not reject. */
  once(commandId: string, command: Command, carryOut: () => Promise<Outcome>): Promise<Outcome> {
    const kept = this.#kept.get(commandId);
    if (kept !== undefined) return Promise.resolve(kept);
    const underway = this.#underway.get(commandId);
    if (underway !== undefined) return underway;
    const answer = carryOut().then((outcome) => {
      this.#underway.delete(commandId);
      // A refusal that a retry can help is no last word: the same command may be tried again.
      if (outcome.status === 'done' || !outcome.retry) this.#keep(commandId, command, outcome);
      return outcome;
    });
    this.#underway.set(commandId, answer);
    return answer;
  }

  #keep(commandId: string, command: Command, outcome: Outcome): void {
    // A question may be asked again, and its answer is large.
    if (questions.has(command.type)) return;
    this.#kept.set(commandId, outcome);
    if (this.#kept.size <= answersKeptMax) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      break;
    }
  }
}

const questions: ReadonlySet<CommandType> = new Set(['history', 'statistics', 'names', 'quotas']);
