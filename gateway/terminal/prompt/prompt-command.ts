import type { CheckTarget } from '../../../shared/bridge/check.ts';
import type { AnswerTo, Command, CommandOf } from '../../../shared/bridge/commands.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import type { RoomCommandType, RoomView } from '../../../shared/bridge/rooms.ts';
import type { NearbyChat } from '../../../shared/bridge/schema.ts';
import type { CheckReport } from '../../../shared/check/connection-check.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ExportForm } from '../../../shared/export-forms.ts';
import type { ChatMessage, TypedContent } from '../../../shared/message.ts';
import type { Refused } from '../../../shared/command-result.ts';
import type { ConversationExport } from '../../export/conversation-export.ts';
import type { CommandRow } from '../command-rows.mjs';
import type { ChatModel } from '../frontend/chat-model.ts';
import type { DrawCode } from '../frontend/guest-lines.ts';
import type { MessageNumbers, NumberedMessage } from './message-numbers.ts';

/** The typed arguments. An argument that the usage does not have is empty, 0 or null. */
export interface CommandArguments {
  /** Where the usage allows it, a room, a key as 64 hexadecimal digits, an address, or the id of a browser. */
  readonly nickname: string;
  /** With its `#`. */
  readonly room: string;
  /** Of a message. */
  readonly number: number;
  /** One of the words that the usage names. Null where none is typed. */
  readonly choice: string | null;
  /** The message exactly as typed, or the rest of the line without spaces around it. */
  readonly text: string;
}

export type Lines = readonly string[];

/** Where a message goes, with the name that the user typed. */
export interface Destination {
  readonly conversation: ConversationId;
  readonly name: string;
}

/** A command that changes a message. What the user presses, such as a reaction, can go to the others with other changes. */
export type ChangeCommand = CommandOf<'edit' | 'delete' | 'close-poll'>;

/** A command that writes an entry of a room. */
export type RoomEntryCommand = CommandOf<RoomCommandType | 'room-create'>;

/** Executes a bridge command. */
export interface Executor {
  execute<C extends Command>(command: C): Promise<AnswerTo<C>>;
}

/** The prompt, as its commands see it. */
export interface PromptContext extends Executor {
  readonly model: ChatModel;
  /** `5 minutes ago` */
  agoText(wallMs: number): string;
  /** What the host sees of guests; null without a chat. */
  guests(): Guests | null;
  readonly drawCode: DrawCode;
  /** The help for this user, who may host a chat. */
  help(): Lines;
  /** The table of clients, as soon as the server's newest roster is here. */
  clientLines(): Promise<Lines>;
  /** The numbers of printed messages. */
  readonly numbers: MessageNumbers;
  /** Runs a connection check. Returns its report, or the sentence of the refusal. */
  check(target: CheckTarget): Promise<CheckReport | { readonly refusal: string }>;
  /** Looks for chats on the local network for some seconds. Null where the gateway does not look for chats. */
  chatsNearby(): Promise<readonly NearbyChat[] | null>;
  /** The chat that the user last wanted to switch to; null before. */
  switchAsked: string | null;
  /** The latest search; null before the first one. */
  lastSearch: LastSearch | null;
  /** Returns the line of a message, with its number if numbers are on. */
  messageLine(message: ChatMessage): string;
  /** Returns a conversation as a file, or the refusal. */
  export(conversation: ConversationId, form: ExportForm): ConversationExport | Refused;
  /** Finds a person or a room. Otherwise returns a line that says so. */
  find(name: string): Promise<Destination | { readonly refusal: string }>;
  /** Finds a room of the user, with or without `#`. */
  findRoom(name: string): Promise<RoomView | undefined>;
  /** Finds a person by nickname or key. Otherwise returns a line that says so. */
  findPeer(nickname: string): Promise<{ readonly peer: PeerKey } | { readonly refusal: string }>;
  /** Sends a message to a person or a room. Counts and returns a refusal. */
  post(name: string, contentOf: (conversation: ConversationId) => TypedContent): Promise<Lines>;
  /** Sends a message into the conversation of another one. */
  postTo(destination: Destination, content: TypedContent): Promise<Lines>;
  /** Changes a message, or writes an entry of a room. Counts and returns a refusal; returns `whenDone` otherwise. */
  writeEntry(
    destination: Destination,
    command: RoomEntryCommand | ChangeCommand,
    whenDone?: Lines,
  ): Promise<Lines>;
  /** The changes of messages in this conversation that failed for good in this run. */
  failedChanges(conversation: ConversationId): readonly MessageId[];
  /** Earlier messages of a conversation, which were not printed. */
  earlier(conversation: ConversationId): Promise<Lines>;
  newMessageId(): MessageId;
  /**
   * Resolves with true when the gateway has told what is asked, or when the server has refused entry `id`. Resolves with false after a
   * time without news.
   */
  answered(isAnswered: () => boolean, id?: MessageId): Promise<boolean>;
  /** Resolves when a script may go offline: after its messages are delivered or stored. A user need not wait. */
  settled(): Promise<void>;
  /** Resolves when the server has answered the registration, or after a time without an answer. */
  registrationAnswered(): Promise<void>;
  /** Asks for the join code while the server wants one. */
  enterJoinCode(): Promise<void>;
  quit(): void;
}

/** The latest search, and where its next results are. */
export interface LastSearch {
  readonly text: string;
  /** Where it goes on; null after the last result. */
  readonly next: number | null;
}

interface CommandWord extends CommandRow {
  /** The first word of the line. */
  readonly word: string;
}

/** A command about one contact. The prompt finds the peer with the typed nickname, or prints that it knows no such contact. */
export interface ContactCommand extends CommandWord {
  readonly about: 'contact';
  readonly run: (context: PromptContext, peer: PeerKey, typed: CommandArguments) => Promise<Lines>;
}

/** A command about the whole chat. */
export interface ChatCommand<Context = PromptContext> extends CommandWord {
  readonly about: 'chat';
  readonly run: (context: Context, typed: CommandArguments) => Lines | Promise<Lines>;
}

/** A command about one room of the user. The prompt finds it by its name. */
export interface RoomCommand extends CommandWord {
  readonly about: 'room';
  readonly run: (context: PromptContext, room: RoomView, typed: CommandArguments) => Promise<Lines>;
}

/** A command about one person in a room. The prompt finds both. */
export interface MemberCommand extends CommandWord {
  readonly about: 'member';
  readonly run: (
    context: PromptContext,
    room: RoomView,
    member: PeerKey,
    typed: CommandArguments,
  ) => Promise<Lines>;
}

/** A command about one message. The prompt finds it by its number. */
export interface MessageCommand extends CommandWord {
  readonly about: 'message';
  readonly run: (context: PromptContext, message: NumberedMessage, typed: CommandArguments) => Promise<Lines>;
}

export type PromptCommand = ContactCommand | ChatCommand | RoomCommand | MemberCommand | MessageCommand;

/** Joins each row of a table with the code for its word. */
export function contactCommandsOf<Word extends string>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, ContactCommand['run']>>,
): ContactCommand[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'contact', run: runs[word] }));
}

export function roomCommandsOf<Word extends string>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, RoomCommand['run']>>,
): RoomCommand[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'room', run: runs[word] }));
}

export function memberCommandsOf<Word extends string>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, MemberCommand['run']>>,
): MemberCommand[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'member', run: runs[word] }));
}

export function messageCommandsOf<Word extends string>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, MessageCommand['run']>>,
): MessageCommand[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'message', run: runs[word] }));
}

/** Does the same for commands about the whole chat. */
export function chatCommandsOf<Word extends string, Context = PromptContext>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, ChatCommand<Context>['run']>>,
): ChatCommand<Context>[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'chat', run: runs[word] }));
}

function wordsOf<Word extends string>(rows: Readonly<Record<Word, CommandRow>>): Word[] {
  return Object.keys(rows) as Word[];
}

/** Executes the bridge command and returns its refusal, or else `whenDone`. */
export async function executed(executor: Executor, command: Command, whenDone: Lines): Promise<Lines> {
  const answer = await executor.execute(command);
  return answer.status === 'refused' ? [answer.sentence] : whenDone;
}
