import type { AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { ChatModel } from '../frontend/chat-model.ts';

/** Arguments as the user writes them. Parsing, completion, help and error sentences all read this text. */
export type Usage =
  | ''
  | '<nick>'
  | '<nick|key>'
  | '<nick> <message>'
  | '<nick> on|off'
  | '[on|off]'
  | '[part]'
  | '[spec]'
  | '<nick|key|address>'
  | '<nick|key|address> [days]';

/** The typed arguments. An argument that the usage does not have is empty or null. */
export interface CommandArguments {
  /** Where the usage allows it, a key as 64 hexadecimal digits, or an address. */
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

interface CommandRow {
  /** The first word of the line. */
  readonly word: string;
  readonly usage: Usage;
  /** The line of the help, in at most 54 characters. */
  readonly help: string;
}

/** A command about one contact. The prompt finds the peer with the typed nickname, or prints that it knows no such contact. */
export interface ContactCommand extends CommandRow {
  readonly about: 'contact';
  readonly run: (context: PromptContext, peer: PeerKey, typed: CommandArguments) => Promise<Lines>;
}

/** A command about the whole chat. */
export interface ChatCommand<Context = PromptContext> extends CommandRow {
  readonly about: 'chat';
  readonly run: (context: Context, typed: CommandArguments) => Lines | Promise<Lines>;
}

export type PromptCommand = ContactCommand | ChatCommand;

/** Executes the bridge command and returns its refusal, or else `whenDone`. */
export async function executed(executor: Executor, command: Command, whenDone: Lines): Promise<Lines> {
  const answer = await executor.execute(command);
  return answer.status === 'refused' ? [answer.sentence] : whenDone;
}

/** `send <nick> <message>`: how the user writes the command. */
export function writtenAs({ word, usage }: Pick<CommandRow, 'word' | 'usage'>): string {
  return usage === '' ? word : `${word} ${usage}`;
}

/** Returns the help for each command: how to write it, and what it does. What is written long has a line of its own. */
export function helpLines(commands: readonly CommandRow[]): string[] {
  return commands.flatMap((command) => {
    const written = writtenAs(command);
    if (written.length < helpColumn) return written.padEnd(helpColumn) + command.help;
    return [written, ' '.repeat(helpColumn) + command.help];
  });
}

/** With the two spaces of `--help` before it and 54 characters after it, a line fits into 80 columns. */
export const helpColumn = 24;
