/** The groups of settings, in the order of the app. */
export const settingGroups = ['privacy', 'notifications', 'files'] as const;
export type SettingGroup = (typeof settingGroups)[number];

/**
 * The settings of a user in one chat. Every list of settings derives from this table: the types, the bridge's schema,
 * and the command `set-setting`. The compiler finds the rows that the prompt and the app need for each.
 */
interface SettingRow {
  /** Where the app shows it. */
  readonly group: SettingGroup;
  /** The value until the user chooses. */
  readonly default: boolean;
  /** Whether the client tells the server, which remembers it: at each registration, and at each change. */
  readonly toldToServer: boolean;
}

export const settings = {
  /** Senders are told when the user has read their messages. */
  readReceipts: {
    group: 'privacy',
    default: true,
    toldToServer: false,
  },
  /** People in a conversation see that the user types in it, and the user sees that they do. */
  typing: {
    group: 'privacy',
    default: true,
    toldToServer: false,
  },
  /** Others see when the user was last online. */
  lastSeen: {
    group: 'privacy',
    default: false,
    toldToServer: true,
  },
  /** The user is notified of messages that no frontend shows: by the desktop, or by a browser that may. */
  notifications: {
    group: 'notifications',
    default: true,
    toldToServer: false,
  },
  /** Notifications have the text of the message, and not only the name of its author. */
  notificationText: {
    group: 'notifications',
    default: false,
    toldToServer: false,
  },
  /** Notifications have a sound. */
  notificationSound: {
    group: 'notifications',
    default: true,
    toldToServer: false,
  },
  /** Small pictures of people that the user has answered load without a question. */
  loadPictures: {
    group: 'files',
    default: true,
    toldToServer: false,
  },
  /** Files of people with a key that the user has compared load without a question, up to a size. */
  loadVerified: {
    group: 'files',
    default: false,
    toldToServer: false,
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
