/**
 * The settings of a user in one chat. Every list of settings derives from this table: the types, the bridge's schema,
 * the command `set-setting`, the words of the prompt and its help.
 */
interface SettingRow {
  /** The value until the user chooses. */
  readonly default: boolean;
  /** Whether the client tells the server, which remembers it: at each registration, and at each change. */
  readonly toldToServer: boolean;
  readonly prompt: {
    /** `receipts on` and `receipts off` at the prompt; `receipts` alone asks. */
    readonly word: string;
    readonly help: string;
    /** The answers of the prompt. */
    readonly on: string;
    readonly off: string;
  };
}

export const settings = {
  /** Senders are told when the user has read their messages. */
  readReceipts: {
    default: true,
    toldToServer: false,
    prompt: {
      word: 'receipts',
      help: 'tell others when you have read their messages',
      on: 'Others are told when you have read their messages.',
      off: 'Others are not told when you have read their messages.',
    },
  },
  /** Others see when the user was last online. */
  lastSeen: {
    default: false,
    toldToServer: true,
    prompt: {
      word: 'last-seen',
      help: 'show others when you were last online',
      on: 'Others see when you were last online.',
      off: 'Others do not see when you were last online.',
    },
  },
} as const satisfies Record<string, SettingRow>;

export type SettingName = keyof typeof settings;
export type Settings = { readonly [Name in SettingName]: boolean };

export const settingNames: readonly SettingName[] = Object.keys(settings) as SettingName[];

/** Builds one value for each setting. */
export function mapSettings<Value>(valueOf: (name: SettingName) => Value): Record<SettingName, Value> {
  return Object.fromEntries(settingNames.map((name) => [name, valueOf(name)])) as Record<SettingName, Value>;
}

export const defaultSettings: Settings = mapSettings((name) => settings[name].default);

/** The settings of one user that the server knows. */
export type ServerSettings = Pick<Settings, ServerSettingName>;
type ServerSettingName = {
  [Name in SettingName]: (typeof settings)[Name]['toldToServer'] extends true ? Name : never;
}[SettingName];

export function isToldToServer(name: SettingName): name is ServerSettingName {
  return settings[name].toldToServer;
}

const serverSettingNames: readonly ServerSettingName[] = settingNames.filter(isToldToServer);

/** Builds one value for each setting that the server knows. */
export function mapServerSettings<Value>(
  valueOf: (name: ServerSettingName) => Value,
): Record<ServerSettingName, Value> {
  return Object.fromEntries(serverSettingNames.map((name) => [name, valueOf(name)])) as Record<
    ServerSettingName,
    Value
  >;
}

/** Selects what the server may know. */
export function serverSettingsOf(all: ServerSettings): ServerSettings {
  return mapServerSettings((name) => all[name]);
}

export const defaultServerSettings: ServerSettings = serverSettingsOf(defaultSettings);
