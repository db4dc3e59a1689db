import type { AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { settingNames, settings, type SettingName } from '../../../shared/settings.ts';
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
    const answer = await this.#execute({ type: 'set-classic', peer, classic });
    const name = this.#model.nicknameOf(peer);
    const sentence = classic
      ? `With ${name}: stop-and-wait, as in the original.`
      : `With ${name}: many datagrams at once.`;
    return answer.status === 'refused' ? answer.sentence : sentence;
  }

  /** `on` null: only asks. */
  async choose(word: SettingWord, on: boolean | null): Promise<string> {
    const setting = settingOfWord[word];
    const isOn = on ?? this.#model.settings?.[setting];
    if (isOn === undefined) return errors['not-joined'].sentence;
    const answer = on === null ? null : await this.#execute({ type: 'set-setting', setting, value: on });
    return answer?.status === 'refused' ? answer.sentence : settings[setting].prompt[isOn ? 'on' : 'off'];
  }

  #execute<C extends Command>(command: C): Promise<AnswerTo<C>> {
    return this.#api.execute(this.#newId(), command);
  }
}

/** Words of the prompt that are followed by on or off. */
export type SettingWord = (typeof settings)[SettingName]['prompt']['word'];

const settingOfWord = Object.fromEntries(
  settingNames.map((name) => [settings[name].prompt.word, name]),
) as Readonly<Record<SettingWord, SettingName>>;
