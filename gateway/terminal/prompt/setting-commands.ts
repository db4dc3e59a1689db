import type { Command, Outcome } from '../../../shared/bridge/commands.ts';
import type { Settings } from '../../../shared/bridge/schema.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import type { ChatModel } from '../frontend/chat-model.ts';

/** What the person at the prompt can choose. Each gives its line. */
export class SettingCommands {
  readonly #api: GatewayApi;
  readonly #model: ChatModel;
  readonly #newId: () => string;

  constructor(api: GatewayApi, model: ChatModel, newId: () => string) {
    this.#api = api;
    this.#model = model;
    this.#newId = newId;
  }

  async classic(peer: PeerKey, classic: boolean): Promise<string> {
    const outcome = await this.#execute({ type: 'set-classic', peer, classic });
    const name = this.#model.nicknameOf(peer);
    const sentence = classic
      ? `With ${name}: stop-and-wait, as in the original.`
      : `With ${name}: many datagrams at once.`;
    return outcome.status === 'refused' ? outcome.sentence : sentence;
  }

  /** `on` null: only asks. */
  async choose(word: SettingWord, on: boolean | null): Promise<string> {
    const { setting, command, sentences } = choices[word];
    const isOn = on ?? this.#model.settings?.[setting];
    if (isOn === undefined) return errors['not-joined'].sentence;
    const outcome = on === null ? null : await this.#execute({ type: command, on });
    return outcome?.status === 'refused' ? outcome.sentence : sentences[isOn ? 'on' : 'off'];
  }

  #execute(command: Command): Promise<Outcome> {
    return this.#api.execute(this.#newId(), command);
  }
}

/** Words of the prompt that are followed by on or off. */
export type SettingWord = 'receipts' | 'last-seen';

const choices = {
  receipts: {
    setting: 'readReceipts',
    command: 'set-read-receipts',
    sentences: {
      on: 'Others are told when you have read their messages.',
      off: 'Nobody is told when you have read their messages.',
    },
  },
  'last-seen': {
    setting: 'lastSeen',
    command: 'set-last-seen',
    sentences: {
      on: 'Others see when you were last here.',
      off: 'Nobody sees when you were last here.',
    },
  },
} as const satisfies Record<
  SettingWord,
  { readonly setting: keyof Settings; readonly [more: string]: unknown }
>;
