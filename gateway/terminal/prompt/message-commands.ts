import type { RoomCommandType, RoomView } from '../../../shared/bridge/rooms.ts';
import type { CommandOf } from '../../../shared/bridge/commands.ts';
import { errors } from '../../../shared/errors.ts';
import { messageRows } from '../command-rows.mjs';
import {
  executed,
  type ChangeCommand,
  messageCommandsOf,
  type CommandArguments,
  type Lines,
  type MessageCommand,
  type PromptContext,
} from './prompt-command.ts';
import type { NumberedMessage } from './message-numbers.ts';
import { readerLines } from './room-lines.ts';

/** Commands about one message, in rooms and between two people. */
export const messageCommands: readonly MessageCommand[] = messageCommandsOf(messageRows, {
  reply: (context, { id, conversation }, { text }) =>
    context.postTo(
      { conversation, name: context.model.nameOf(conversation) },
      { kind: 'reply', to: id, ...context.model.words(text, conversation) },
    ),
  react: (context, message, { text: emoji }) => {
    if (!/^\p{RGI_Emoji}$/v.test(emoji)) return said('Type one emoji, like 👍.');
    return pressed(context, message, { type: 'react', emoji, on: !message.ownEmoji.has(emoji) });
  },
  edit: (context, message, { text }) =>
    message.author === context.model.me
      ? written(context, message, { type: 'edit', ...context.model.words(text, message.conversation) })
      : said(errors['not-the-author'].sentence),
  delete: (context, message) =>
    message.author === context.model.me
      ? written(context, message, { type: 'delete' }, [
          'Deleted here, and on every computer that hears of it. One that is offline, or another program, may keep the message.',
        ])
      : said(errors['not-the-author'].sentence),
  vote,
  'close-poll': (context, message) =>
    message.choices.length === 0 ? said(noPoll(message)) : written(context, message, { type: 'close-poll' }),
  ack: (context, message) => pressed(context, message, { type: 'acknowledge' }),
  readers,
  hide: (context, message) => inRoom(context, message, 'room-hide'),
  unhide: (context, message) => inRoom(context, message, 'room-unhide'),
  pin: (context, message) => inRoom(context, message, 'room-pin'),
  unpin: (context, message) => inRoom(context, message, 'room-unpin'),
});

type FieldsOf<Type extends ChangeCommand['type'] | 'react' | 'vote' | 'acknowledge'> = {
  [Each in Type]: Omit<CommandOf<Each>, 'id' | 'conversation' | 'of'>;
}[Type];

async function said(sentence: string): Promise<Lines> {
  return [sentence];
}

/** What the user presses. It can go to the others with other changes, so the end of a script does not wait for it. */
function pressed(
  context: PromptContext,
  { id: of, conversation }: NumberedMessage,
  change: FieldsOf<'react' | 'vote' | 'acknowledge'>,
): Promise<Lines> {
  return executed(context, { ...change, id: context.newMessageId(), conversation, of }, []);
}

function written(
  context: PromptContext,
  { id: of, conversation }: NumberedMessage,
  change: FieldsOf<ChangeCommand['type']>,
  whenDone: Lines = [],
): Promise<Lines> {
  const command = { ...change, id: context.newMessageId(), conversation, of };
  return context.writeEntry({ conversation, name: context.model.nameOf(conversation) }, command, whenDone);
}

function noPoll({ number }: NumberedMessage): string {
  return `Message ${number} is no poll.`;
}

/** By the number of the choice, from 1 on, or by its text. */
async function vote(
  context: PromptContext,
  message: NumberedMessage,
  { text }: CommandArguments,
): Promise<Lines> {
  const { choices } = message;
  if (choices.length === 0) return [noPoll(message)];
  const isNumber = /^\d{1,3}$/u.test(text);
  const choice = isNumber ? Number(text) - 1 : choices.indexOf(text);
  if (choice >= choices.length || (choice < 0 && text !== '0'))
    return [`Type the number of a choice from 1 to ${choices.length}, or 0 to take your vote back.`];
  return pressed(context, message, { type: 'vote', choice: text === '0' ? null : choice });
}

function inRoom(
  context: PromptContext,
  { id: of, conversation }: NumberedMessage,
  type: Extract<RoomCommandType, 'room-hide' | 'room-unhide' | 'room-pin' | 'room-unpin'>,
): Promise<Lines> {
  const view = context.model.roomOf(conversation);
  if (view === undefined) return said(onlyInRooms);
  const name = context.model.nameOf(conversation);
  const command = { type, id: context.newMessageId(), room: view.room, of };
  return context.writeEntry({ conversation, name }, command);
}

const onlyInRooms = 'This works only for messages in rooms.';

async function readers(context: PromptContext, message: NumberedMessage): Promise<Lines> {
  const view = context.model.roomOf(message.conversation);
  if (view === undefined) return [onlyInRooms];
  if (message.author !== context.model.me) return [errors['not-the-author'].sentence];
  return readersOf(context, view, message);
}

async function readersOf(
  context: PromptContext,
  { room }: RoomView,
  { id }: NumberedMessage,
): Promise<Lines> {
  const before = context.model.readers;
  const answer = await context.execute({ type: 'room-readers', room, id });
  if (answer.status === 'refused') return [answer.sentence];
  await context.answered(() => context.model.readers !== before && context.model.readers?.id === id);
  const { readers: told } = context.model;
  if (told === null || told === before || told.id !== id) return [errors['server-silent'].sentence];
  return readerLines(told, (key) => context.model.nicknameOf(key));
}
