import type { Command, Outcome } from '../../shared/bridge/commands.ts';
import type { Settings } from '../../shared/bridge/schema.ts';
import { errors } from '../../shared/errors.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { ChatView } from './chat-view.ts';

/** What the person at the prompt can choose. Each gives its line. */
export class SettingCommands {
  readonly #face: GatewayApi;
  readonly #view: ChatView;
  readonly #newId: () => string;

  constructor(face: GatewayApi, view: ChatView, newId: () => string) {
    this.#face = face;
    this.#view = view;
    this.#newId = newId;
  }

  async classic(peer: PeerKey, classic: boolean): Promise<string> {
    const outcome = await this.#do({ type: 'set-classic', peer, classic });
    const name = this.#view.nicknameOf(peer);
    const sentence = classic
      ? `With ${name}: stop-and-wait, as in the original.`
      : `With ${name}: many datagrams at once.`;
    return outcome.status === 'refused' ? outcome.sentence : sentence;
  }

  /** `on` null: only asks. */
  async choose(word: SettingWord, on: boolean | null): Promise<string> {
    const { setting, command, sentences } = choices[word];
    const isOn = on ?? this.#view.settings?.[setting];
    if (isOn === undefined) return errors['not-joined'].sentence;
    const outcome = on === null ? null : await this.#do({ type: command, on });
    return outcome?.status === 'refused' ? outcome.sentence : sentences[isOn ? 'on' : 'off'];
  }

  #do(command: Command): Promise<Outcome> {
    return this.#face.execute(this.#newId(), command);
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
