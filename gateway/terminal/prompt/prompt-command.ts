import type { AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { CommandRow } from '../command-rows.mjs';
import type { ChatModel } from '../frontend/chat-model.ts';

/** The typed arguments. An argument that the usage does not have is empty or null. */
export interface CommandArguments {
  /** Where the usage allows it, a key as 64 hexadecimal digits, an address, or the id of a browser. */
  readonly nickname: string;
  readonly on: boolean | null;
  /** The message exactly as typed, or the rest of the line without spaces around it. */
  readonly text: string;
}

export type Lines = readonly string[];

/** Executes a bridge command. */
export interface Executor {
  execute<C extends Command>(command: C): Promise<AnswerTo<C>>;
}

/** The prompt, as its commands see it. */
export interface PromptContext extends Executor {
  readonly model: ChatModel;
  /** `5 minutes ago` */
  agoText(wallMs: number): string;
  /** The help for this user, who may host a chat. */
  help(): Lines;
  /** The table of clients, as soon as the server's newest roster is here. */
  clientLines(): Promise<Lines>;
  /** Sends a message. Counts and returns a refusal. */
  send(nickname: string, text: string): Promise<Lines>;
  /** Resolves when a script may go offline: after its messages are delivered or stored. A user need not wait. */
  settled(): Promise<void>;
  /** Resolves when the server has answered the registration, or after a time without an answer. */
  registrationAnswered(): Promise<void>;
  /** Asks for the join code while the server wants one. */
  enterJoinCode(): Promise<void>;
  quit(): void;
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

export type PromptCommand = ContactCommand | ChatCommand;

/** Joins each row of a table with the code for its word. */
export function contactCommandsOf<Word extends string>(
  rows: Readonly<Record<Word, CommandRow>>,
  runs: Readonly<Record<Word, ContactCommand['run']>>,
): ContactCommand[] {
  return wordsOf(rows).map((word) => ({ word, ...rows[word], about: 'contact', run: runs[word] }));
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
