import type { KnownServer } from '../../../shared/join-address.ts';
import { formatServer, type ServerRef } from '../../../shared/join-address-text.ts';
import type { Banned, BanSubject } from '../../../shared/ban.ts';
import type { CheckTarget } from '../../../shared/bridge/check.ts';
import type { NewOwner, Traffic } from '../../../shared/bridge/administration.ts';
import type { AnswerTo, CommandOf, CommandType, Query } from '../../../shared/bridge/commands.ts';
import type { RoomCommandType, RoomView } from '../../../shared/bridge/rooms.ts';
import type { Contact, Profile } from '../../../shared/bridge/schema.ts';
import type { Statistics } from '../../../shared/bridge/statistics.ts';
import type { CheckReport } from '../../../shared/check/connection-check.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ExportForm } from '../../../shared/export-forms.ts';
import type { MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import type { NotifyLevel, TypedContent } from '../../../shared/message.ts';
import type { ChatState } from '../../../shared/model/chat.ts';
import type { Quotas } from '../../../shared/quotas.ts';
import type { SettingName } from '../../../shared/settings.ts';
import type { FormProblem } from './form-problem.ts';
import type { CodeProblem, GatewayStatus } from './gateway-status.ts';
import type { GuestCommand } from './guests.ts';
import type { NearbyList } from './nearby-chats.ts';
import type { NotificationAccess } from './notifications.ts';
import type { PendingMessage } from './pending.ts';
import type { LanguageChoice } from './language.ts';
import type { ThemeChoice } from './theme.ts';
import type { Toast } from './toasts.ts';

/** What a connection check is about, with its name for the user. */
export interface CheckSubject {
  readonly target: CheckTarget;
  readonly name: string;
}

/** Where the user wants to join, and the join code that the chat may need. */
export interface JoinTarget {
  readonly server: ServerRef;
  readonly joinCode: string | undefined;
}

/** Why a wipe was refused, and the folders that other gateways use. */
export interface WipeRefusal {
  readonly code: ErrorCode;
  readonly folders: readonly string[];
}

/** What a user does to a message that is there. The app gives each its id. */
export type MessageAction = WithoutId<
  CommandOf<'edit' | 'delete' | 'react' | 'vote' | 'acknowledge' | 'close-poll'>
>;
/** What a user does in a room that is no message. The app gives each its id. */
export type RoomAction = WithoutId<CommandOf<RoomCommandType>>;
type WithoutId<Each> = Each extends { readonly id: unknown } ? Omit<Each, 'id'> : never;

/** What only a guest of the gateway does. */
export interface GuestActions {
  /** Releases the nickname, and lets the gateway erase what it keeps of the guest. */
  leave(): void;
  /** The browser stores nothing for the page: after a reload, this is another guest. */
  readonly keepsNothing: boolean;
  /** What a message says that only this page has. */
  readonly inTab: string;
  /** What the banner says while the gateway does not answer, in place of the words for the user of the gateway. */
  readonly banner: { readonly gateway: (since: string) => string; readonly gatewayHint: string };
}

/** Everything that components see of the app: its state and the user's actions. Reading the state is reactive. */
export interface AppView {
  readonly chat: ChatState;
  readonly gateway: GatewayStatus;
  readonly pending: readonly PendingMessage[];
  readonly toasts: readonly Toast[];
  /** The browser's wall clock. It ticks once a second while the page is visible. */
  readonly nowMs: number;
  /** IANA name of the reader's time zone. */
  readonly timeZone: string;
  /** The contact of the conversation in the URL. Undefined on the list of contacts. */
  readonly openContact: Contact | undefined;
  /** The name in the URL if no contact has it, else null. */
  readonly unknownName: string | null;
  /** The room in the URL, if the user has it. */
  readonly openRoom: RoomView | undefined;
  /** The name in the URL if no room of the user has it, else null. */
  readonly unknownRoom: string | null;
  /** Whether the operator's page is open, in place of a conversation. */
  readonly operatorOpen: boolean;
  /** Whether the page on which a host takes guests is open, in place of a conversation. */
  readonly guestsOpen: boolean;
  /** Whether the settings are open, in place of a conversation. */
  readonly settingsOpen: boolean;
  /** The page is visible and its window has the focus: the user is reading the screen. */
  readonly attentive: boolean;

  /** Whether the user may give such a command. A guest may not give all. */
  readonly may: (command: CommandType) => boolean;
  /** Null for the user of the gateway. */
  readonly guest: GuestActions | null;

  /** True from `host` or `join` until the answer. In that time the session may pass through any phase. */
  readonly entering: boolean;
  /** True while the tab goes on with its chat at a gateway that has started again. */
  readonly resuming: boolean;
  host(nickname: string): Promise<FormProblem | null>;
  /** `acceptServer`: the server from an earlier refusal. It may have its key at the same address. */
  join(nickname: string, target: JoinTarget, acceptServer?: KnownServer): Promise<FormProblem | null>;
  /** Opens `#everyone` as soon as the chat has it, unless the user opens something else first. */
  openEveryone(): void;
  /** Registers with a join code. Returns null if the server is asked now, else the reason. */
  enterJoinCode(joinCode: string): Promise<ErrorCode | null>;
  /** Resolves with the answer of the gateway. */
  leave(): Promise<void>;
  /** Closes the open chat and opens this one. Returns null if that worked, else the reason. */
  switchChat(chat: string, endHosting: boolean): Promise<ErrorCode | null>;
  /** Removes all chats of this computer, and ends. `nickname`: as the user typed it. Returns only if that was refused. */
  wipe(nickname: string): Promise<WipeRefusal | null>;
  goOffline(): void;
  /** Returns after `goOffline`, or tries the server again at once. */
  goOnline(): void;
  /** Tries the gateway again at once. */
  reconnect(): void;
  /** Gets into the gateway by the code that the terminal shows. Returns null if that worked. */
  enterCode(code: string): Promise<CodeProblem | null>;
  /** The id of this browser at the gateway. Null before the gateway has proved its key, and without keys. */
  readonly browserId: string | null;
  /** Ends the access of a browser. Returns null if it is signed out now, else the reason. */
  signOutBrowser(browser: string): Promise<ErrorCode | null>;

  send(conversation: ConversationId, content: TypedContent): void;
  retry(message: MessageId): void;
  discard(message: MessageId): void;
  /** The conversation that the user is reading, or null. It counts as read, in every tab. */
  setReading(conversation: ConversationId | null): void;
  readonly readingConversation: ConversationId | null;
  /** Changes the part of a conversation that is loaded. */
  changeLoaded(conversation: ConversationId, change: (loaded: ConversationState) => ConversationState): void;
  /** The message that its conversation is to show, wherever it is. Null without one. */
  readonly sought: { readonly conversation: ConversationId; readonly message: MessageId } | null;
  /** Goes to a message in its conversation. */
  showMessage(conversation: ConversationId, message: MessageId): void;
  /** The conversation shows the message that was sought. */
  endSeeking(): void;
  /** Lets the browser save a conversation as a file. */
  saveConversation(conversation: ConversationId, form: ExportForm): void;
  /** The people that type in this conversation now, the one that began most recently last. */
  typingIn(conversation: ConversationId): readonly PeerKey[];
  /** The user types in this conversation. */
  tellTyping(conversation: ConversationId): void;
  /** Changes a message. If the gateway refuses, a toast says why. */
  act(action: MessageAction): void;
  setNotify(conversation: ConversationId, notify: NotifyLevel): void;
  readonly notificationAccess: NotificationAccess;
  /** Lets the browser ask whether it may show notifications. Call it on a click. */
  askForNotifications(): void;

  /**
   * Returns the new room, or the reason of the refusal, when the server has answered. With `left` aborted, the user has not waited for
   * that, and a toast says why the room was refused.
   */
  createRoom(name: string, access: 'open' | 'closed', left: AbortSignal): Promise<RoomId | ErrorCode>;
  /** Writes an entry into a room. Returns null if it is on its way, else the reason. */
  inRoom(action: RoomAction): Promise<ErrorCode | null>;
  /** Asks for the rooms that the user can join: from the first, or after this name. The state gets the answer. */
  browseRooms(after: string | null): Promise<ErrorCode | null>;
  /** Asks for the members that have a message of a room. The state gets the answer. */
  askReaders(room: RoomId, message: MessageId): Promise<ErrorCode | null>;
  setSetting(setting: SettingName, value: boolean): void;

  /** The look of the app in this browser. */
  readonly theme: ThemeChoice;
  setTheme(theme: ThemeChoice): void;
  readonly languageChoice: LanguageChoice;
  /** Loads the page again, in the language. */
  setLanguage(choice: LanguageChoice): void;

  /** Asks the gateway. */
  ask<Q extends Query>(query: Q): Promise<AnswerTo<Q>>;
  /** Calls back with the connection's statistics, at once and then every second, until the returned function is called. */
  watchConnection(peer: PeerKey, onStatistics: (statistics: Statistics) => void): () => void;
  /** Calls back with the chats on the local network, at once and with each change, until the returned function is called. */
  findChats(onChats: (nearby: NearbyList) => void): () => void;
  /** The connection check that is on the screen; null without one. */
  readonly checked: CheckSubject | null;
  /** Shows the connection check of this target. Null closes it. */
  showCheck(subject: CheckSubject | null): void;
  /**
   * Starts a connection check. Calls back with each report, or with the code of a refusal, until the returned function is called. A new
   * check ends an earlier one.
   */
  checkConnection(target: CheckTarget, tell: (told: CheckReport | ErrorCode) => void): () => void;
  /** Calls back with the traffic of the server here, at once and then every second, until the returned function is called. */
  watchTraffic(onTraffic: (traffic: Traffic) => void): () => void;
  /** Switches stop-and-wait with this peer. Resolves when the gateway has answered. */
  setClassic(peer: PeerKey, classic: boolean): Promise<void>;
  /** The user has compared the numbers and they match, or takes that back. */
  setVerified(peer: PeerKey, verified: boolean): void;
  /** Blocks or unblocks this key. */
  setBlocked(peer: PeerKey, blocked: boolean): void;
  /** Takes all messages of this person before the user answers. */
  allow(peer: PeerKey): void;
  /** The user says that `key` belongs to the person that `peer` was. */
  acceptKey(peer: PeerKey, key: PeerKey): void;
  /** The user says that `key` does not belong to the person that `peer` is. */
  refuseKey(peer: PeerKey, key: PeerKey): void;
  acceptServerKey(key: PeerKey): void;

  /** Returns null if the nickname is free now, else the reason. */
  releaseName(nickname: string): Promise<ErrorCode | null>;
  /** Returns null if the subject is kept out now, else the reason. Without days, until the operator lifts the ban. */
  ban(subject: BanSubject, days: number | null): Promise<Banned | ErrorCode>;
  /** Returns null if the ban is lifted now, else the reason. */
  unban(subject: BanSubject): Promise<ErrorCode | null>;
  /** Returns null if new people need a join code now, or no longer, else the reason. */
  requireJoinCode(required: boolean): Promise<ErrorCode | null>;
  /** Returns null if the room of the server takes no entry from now on, else the reason. */
  closeRoom(room: RoomId): Promise<ErrorCode | null>;
  /** Returns null if this person is the only owner of the room of the server now, else the reason. */
  nameRoomOwner(room: RoomId, owner: NewOwner): Promise<ErrorCode | null>;
  /** Returns null if the quotas apply now, else the reason. */
  setHostQuotas(quotas: Quotas): Promise<ErrorCode | null>;

  /** Returns null if the gateway has done this about guests, else the reason. */
  changeGuests(command: GuestCommand): Promise<ErrorCode | null>;

  draft(conversation: ConversationId): string;
  /** The draft of a conversation that is not open. */
  peekDraft(conversation: ConversationId): string;
  saveDraft(conversation: ConversationId, text: string): void;
  /** The edit or answer that the user began, as `storedWriting` writes it. */
  begun(conversation: ConversationId): string;
  saveBegun(conversation: ConversationId, stored: string): void;
  /**
   * This browser keeps texts that were typed and not sent in earlier chats at this address, and the data folder of the gateway has no
   * chat: it is another one, or was wiped.
   */
  readonly keepsEarlierTexts: boolean;
  removeEarlierTexts(): void;

  /** Tells the user why something did not work. */
  sayRefused(code: ErrorCode): void;
  /** Tells the user that files cannot be sent. */
  refuseFiles(): void;
  dismiss(toast: Toast): void;
  /** Goes to a path of this app without loading the page. */
  go(path: string): void;
}

/** Returns what distinguishes the button of a profile: the nickname, the server, and whether this computer hosted it. */
export function profileKey(profile: Profile): string {
  return `${profile.nickname} ${formatServer(profile.server)} ${profile.hosted}`;
}
