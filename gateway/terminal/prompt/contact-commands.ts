import type { Answer, AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { historyMessagesMax } from '../../../shared/limits.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import type { ChatModel } from '../frontend/chat-model.ts';
import type { ContactWord } from './parse-command.ts';

/** What the prompt can do about one person: compare and decide on keys, and mend what failed. Each gives its lines. */
export class ContactCommands {
  readonly #api: GatewayApi;
  readonly #model: ChatModel;
  readonly #newId: () => string;

  constructor(api: GatewayApi, model: ChatModel, newId: () => string) {
    this.#api = api;
    this.#model = model;
    this.#newId = newId;
  }

  async run(word: ContactWord, peer: PeerKey): Promise<string[]> {
    switch (word) {
      case 'safety':
        return this.#safety(peer);
      case 'verify':
      case 'unverify':
        return this.#verify(word, peer);
      case 'accept':
      case 'refuse':
        return this.#decide(word, peer);
      case 'retry':
      case 'discard':
        return this.#retryOrDiscard(word, peer);
      default:
        return word satisfies never;
    }
  }

  /** The server that answers in place of the one of before is this chat's from now on. */
  async acceptServer(): Promise<string[]> {
    const { session } = this.#model;
    if (session.phase !== 'refused' || session.serverKey === undefined)
      return [errors['key-not-offered'].sentence];
    return sentences(await this.#execute({ type: 'accept-server-key', key: session.serverKey }), []);
  }

  async #safety(peer: PeerKey): Promise<string[]> {
    const keyConflict = this.#model.keyConflictOf(peer);
    const name = this.#model.nicknameOf(peer);
    const lines = await this.#numberLines(peer, name);
    if (this.#model.isVerified(peer)) lines.push('You have compared it, and it was the same.');
    if (keyConflict?.type !== 'changed') return lines;
    return [...lines, ...(await this.#numberLines(keyConflict.newKey, `${name} by the new key`))];
  }

  async #numberLines(peer: PeerKey, name: string): Promise<string[]> {
    const answer = await this.#execute({ type: 'safety-number', peer });
    if (answer.status === 'refused') return [answer.sentence];
    const { groups } = answer.result;
    return [
      `Safety number with ${name}; it is the same on their screen, or somebody stands between you:`,
      ...[0, 4, 8].map((from) => `  ${groups.slice(from, from + 4).join(' ')}`),
    ];
  }

  async #verify(word: 'verify' | 'unverify', peer: PeerKey): Promise<string[]> {
    const name = this.#model.nicknameOf(peer);
    const answer = await this.#execute({ type: 'set-verified', peer, verified: word === 'verify' });
    return sentences(answer, [
      word === 'verify'
        ? `The key of ${name} is marked as compared.`
        : `The key of ${name} is not marked as compared any more.`,
    ]);
  }

  async #decide(word: 'accept' | 'refuse', peer: PeerKey): Promise<string[]> {
    const keyConflict = this.#model.keyConflictOf(peer);
    const [old, key] =
      keyConflict?.type === 'changed'
        ? [peer, keyConflict.newKey]
        : keyConflict === undefined
          ? []
          : [keyConflict.pinned, peer];
    if (old === undefined || key === undefined) return [errors['key-not-offered'].sentence];
    const name = this.#model.nicknameOf(old);
    const answer = await this.#execute({ type: `${word}-key`, peer: old, key });
    // What refusing means is told as it comes.
    return sentences(answer, word === 'accept' ? [`${name} goes on under the new key.`] : []);
  }

  /** Of the newest messages; what failed longer ago is mended in the app. */
  async #retryOrDiscard(word: 'retry' | 'discard', peer: PeerKey): Promise<string[]> {
    const answer = await this.#execute({
      type: 'history',
      conversation: directConversation(peer),
      before: null,
      limit: historyMessagesMax,
    });
    if (answer.status === 'refused') return [answer.sentence];
    const failed = answer.result.messages.filter(({ delivery }) => delivery?.state === 'failed');
    for (const { id } of failed) await this.#execute({ type: word, id });
    const count = failed.length === 1 ? '1 message' : `${failed.length} messages`;
    if (word === 'retry') return [`Trying ${count} again.`];
    return [`Dropped ${count}. ${failed.length === 1 ? 'It' : 'They'} may have arrived.`];
  }

  #execute<C extends Command>(command: C): Promise<AnswerTo<C>> {
    return this.#api.execute(this.#newId(), command);
  }
}

function sentences(answer: Answer, whenDone: readonly string[]): string[] {
  return answer.status === 'refused' ? [answer.sentence] : [...whenDone];
}
