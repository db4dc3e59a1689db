import type { KnownChat } from '../../../shared/bridge/chats.ts';
import { formatServer } from '../../../shared/join-address-text.ts';
import type { CommandArguments, Lines, PromptContext } from './prompt-command.ts';

/** The chats that this computer knows, with the numbers for `switch`. */
export async function chats(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'chats' });
  if (answer.status === 'refused') return [answer.sentence];
  const { chats: known } = answer.result;
  if (known.length === 0) return ['This computer has joined no chat yet.'];
  return known.map((chat, index) =>
    [String(index + 1), chat.nickname, placeOf(chat), ...notesOf(context, chat)].join(' | '),
  );
}

/** Closes this chat and opens another one of the list. Where that ends a server, only the second time. */
export async function switchChat(context: PromptContext, { number }: CommandArguments): Promise<Lines> {
  const listed = await context.execute({ type: 'chats' });
  if (listed.status === 'refused') return [listed.sentence];
  const { chats: known, endsHosting } = listed.result;
  const chat = known[number - 1];
  if (chat === undefined) return [`There is no chat ${number}. Type chats for the list.`];
  if (chat.open) return ['This chat is open.'];
  const isConfirmed = context.switchAsked === chat.chat;
  context.switchAsked = chat.chat;
  if (endsHosting && !isConfirmed)
    return [
      'This computer hosts the open chat: it ends for all its users until you open it again.',
      `To end it, type switch ${number} again.`,
    ];
  const answer = await context.execute({ type: 'switch-chat', chat: chat.chat, endHosting: endsHosting });
  if (answer.status === 'refused') return [answer.sentence];
  return [
    `The chat of ${chat.nickname} at ${placeOf(chat)} is open.`,
    'You are offline in the other chat. What you wrote there waits until you open it again.',
  ];
}

function placeOf({ hosted, server }: KnownChat): string {
  return hosted ? 'hosted on this computer' : formatServer(server);
}

function notesOf(context: PromptContext, { open, waiting, lastOpenedMs }: KnownChat): string[] {
  const when = open ? 'open' : `opened ${context.agoText(lastOpenedMs)}`;
  if (waiting === null || waiting === 0) return [when];
  return [when, waiting === 1 ? '1 message waits' : `${waiting} messages wait`];
}
