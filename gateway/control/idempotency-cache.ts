import { isAnswerKept, type Answer, type Command } from '../../shared/bridge/commands.ts';
import { commandResultsMax } from '../../shared/limits.ts';

/** Executes each command id once in this process, and repeats the first answer for the same id. */
export class IdempotencyCache {
  /** Commands in progress: the same id again waits for the same answer. */
  readonly #inProgress = new Map<string, Promise<Answer>>();
  /** The oldest answers go first. */
  readonly #answers = new Map<string, Answer>();

  /** `execute` must not reject. */
  once(commandId: string, command: Command, execute: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(commandId);
    if (known !== undefined) return Promise.resolve(known);
    const inProgress = this.#inProgress.get(commandId);
    if (inProgress !== undefined) return inProgress;
    const answering = execute().then((answer) => {
      this.#inProgress.delete(commandId);
      // A refusal that can turn into success later is not final: the same id may be tried again.
      if (answer.status === 'done' || !answer.retry) this.#remember(commandId, command, answer);
      return answer;
    });
    this.#inProgress.set(commandId, answering);
    return answering;
  }

  #remember(commandId: string, command: Command, answer: Answer): void {
    if (!isAnswerKept(command.type)) return;
    this.#answers.set(commandId, answer);
    if (this.#answers.size <= commandResultsMax) return;
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest);
      break;
    }
  }
}
