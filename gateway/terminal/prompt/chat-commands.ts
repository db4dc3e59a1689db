import type { DataKind } from '../../../shared/bridge/wipe.ts';
import { errors } from '../../../shared/errors.ts';
import { historyMessagesMax, pollChoiceCodePointsMax, pollChoicesMax } from '../../../shared/limits.ts';
import { notifyLevels, type NotifyLevel } from '../../../shared/message.ts';
import { sessionRows, talkRows } from '../command-rows.mjs';
import {
  chatCommandsOf,
  executed,
  type ChatCommand,
  type CommandArguments,
  type Lines,
  type PromptContext,
} from './prompt-command.ts';
import { check } from './check-command.ts';
import { exportTo } from './export-command.ts';
import { chats, switchChat } from './known-chats.ts';
import { search } from './search-command.ts';
import { statisticsLines } from './statistics-table.ts';
import { sizeText } from '../text/size-text.ts';
import { wipeLines } from '../frontend/wipe-lines.ts';

/** Commands to talk, to look around, and to come and go. */
export const talkCommands: readonly ChatCommand[] = chatCommandsOf(talkRows, {
  clients: (context) => context.clientLines(),
  send: (context, { nickname, text }) =>
    context.post(nickname, (conversation) => ({ kind: 'text', ...context.model.words(text, conversation) })),
  announce: (context, { nickname, text }) =>
    context.post(nickname, (conversation) => ({
      kind: 'announcement',
      ...context.model.words(text, conversation),
    })),
  poll,
  notify,
  retry,
  discard,
  earlier: async (context, { nickname }) => {
    const found = await context.find(nickname);
    return 'refusal' in found ? [found.refusal] : context.earlier(found.conversation);
  },
  search,
  export: exportTo,
  numbers: (context, { choice }) => {
    context.numbers.areOn = choice === 'on';
    return choice === 'on'
      ? ['Each message has a number from now on, for commands such as reply <n> <message>.']
      : ['Messages have no numbers from now on.'];
  },
});

export const sessionCommands: readonly ChatCommand[] = chatCommandsOf(sessionRows, {
  blocked,
  'accept-server': acceptServer,
  check,
  chats,
  switch: switchChat,
  nearby,
  stats: statistics,
  'data-folder': dataFolder,
  wipe,
  // The original program sent everything before it went offline.
  dereg: async (context) => {
    await context.settled();
    return executed(context, { type: 'deregister' }, ["You're Offline. Bye."]);
  },
  reg: register,
  quit: (context) => {
    context.quit();
    return [];
  },
  help: (context) => context.help(),
});

function poll(context: PromptContext, { nickname, text }: CommandArguments): Lines | Promise<Lines> {
  const texts = quotedTexts(text);
  if (texts === undefined || texts.some((each) => each.trim() === ''))
    return ['Type poll <nick|#room> "<question>" "<choice>" ..., with the quotation marks.'];
  const [question = '', ...choices] = texts;
  if (choices.length < 2 || choices.length > pollChoicesMax)
    return [`A poll has 2 to ${pollChoicesMax} choices.`];
  if (choices.some((choice) => [...choice].length > pollChoiceCodePointsMax))
    return [`A choice has at most ${pollChoiceCodePointsMax} characters.`];
  return context.post(nickname, () => ({ kind: 'poll', question, choices }));
}

/** Returns the texts in quotation marks. Undefined if there is anything else. */
function quotedTexts(text: string): string[] | undefined {
  if (!/^(?:\s*["“”][^"“”]*["“”])+\s*$/u.test(text)) return undefined;
  return [...text.matchAll(/["“”]([^"“”]*)["“”]/gu)].map(([, quoted = '']) => quoted);
}

async function notify(context: PromptContext, { nickname, choice }: CommandArguments): Promise<Lines> {
  const found = await context.find(nickname);
  if ('refusal' in found) return [found.refusal];
  const level = notifyLevels.find((each) => each === choice) ?? 'all';
  const name = context.model.nameOf(found.conversation);
  return executed(context, { type: 'set-notify', conversation: found.conversation, notify: level }, [
    notifySentences[level](name),
  ]);
}

const notifySentences: Readonly<Record<NotifyLevel, (name: string) => string>> = {
  all: (name) => `All messages of ${name} are printed here.`,
  mentions: (name) => `Of ${name}, only messages that mention you are printed. The others stay unread.`,
  none: (name) => `No message of ${name} is printed. They stay unread until you type notify ${name} all.`,
};

async function retry(context: PromptContext, { nickname }: CommandArguments): Promise<Lines> {
  const failed = await failedMessages(context, nickname);
  if ('refusal' in failed) return [failed.refusal];
  for (const id of failed.ids) await context.execute({ type: 'retry', id });
  return [`Sending ${failed.ids.length === 1 ? '1 message' : `${failed.ids.length} messages`} again.`];
}

async function discard(context: PromptContext, { nickname }: CommandArguments): Promise<Lines> {
  const failed = await failedMessages(context, nickname);
  if ('refusal' in failed) return [failed.refusal];
  for (const id of failed.ids) await context.execute({ type: 'discard', id });
  return [
    failed.ids.length === 1
      ? 'Discarded 1 message. It may have arrived anyway.'
      : `Discarded ${failed.ids.length} messages. They may have arrived anyway.`,
  ];
}

/** Looks among the newest messages only. The app shows older failures. */
async function failedMessages(context: PromptContext, name: string) {
  const found = await context.find(name);
  if ('refusal' in found) return found;
  const answer = await context.execute({
    type: 'history',
    conversation: found.conversation,
    before: null,
    limit: historyMessagesMax,
  });
  if (answer.status === 'refused') return { refusal: answer.sentence };
  const failed = answer.result.messages.filter(({ delivery }) => delivery?.state === 'failed');
  const ids = [...failed.map(({ id }) => id), ...context.failedChanges(found.conversation)];
  return ids.length === 0
    ? { refusal: `No message to ${context.model.nameOf(found.conversation)} has failed.` }
    : { ids };
}

function acceptServer(context: PromptContext): Lines | Promise<Lines> {
  const { session } = context.model;
  if (session.phase !== 'refused' || session.foundServer === undefined) {
    return ['The server has no new key to accept.'];
  }
  return executed(context, { type: 'accept-server-key', key: session.foundServer.key }, []);
}

async function blocked(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'blocked-keys' });
  if (answer.status === 'refused') return [answer.sentence];
  const { keys } = answer.result;
  if (keys.length === 0) return ['You have blocked no one.'];
  return keys.map((key) => `${context.model.nicknameOf(key)} | ${key}`);
}

async function nearby(context: PromptContext): Promise<Lines> {
  const found = await context.chatsNearby();
  if (found === null) return ['Chatagram was started with --no-discovery, so it looks for no chats.'];
  if (found.length === 0)
    return ['No chat answers on this network. Ask for its address: the person who started the chat sees it.'];
  return found.map(({ name, addresses, fingerprint, needsCode, isCompatible }) => {
    const notes = [
      ...(needsCode ? ['needs a join code'] : []),
      ...(isCompatible ? [] : ['has another version of Chatagram']),
    ];
    return [name === '' ? '-' : name, `${addresses[0] ?? ''}#${fingerprint}`, ...notes].join(' | ');
  });
}

async function statistics(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'statistics', peer: null });
  if (answer.status === 'refused') return [answer.sentence];
  return statisticsLines(answer.result, (peer) => context.model.nicknameOf(peer));
}

async function dataFolder(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'data-folder' });
  if (answer.status === 'refused') return [answer.sentence];
  const { path, sizes, complete, backupCommand } = answer.result;
  return [
    `Your chats are in ${path}.`,
    ...sizes
      .filter(({ files }) => files > 0)
      .map(({ kind, files, bytes }) => `${dataKindNames[kind]} | ${files} | ${sizeText(bytes)}`),
    ...(complete ? [] : ['There are more files, which were not counted.']),
    `To back them up, type in another terminal: ${backupCommand}`,
  ];
}

const dataKindNames: Readonly<Record<DataKind, string>> = {
  database: 'databases',
  'write-log': 'logs of writes',
  earlier: 'databases before a restore',
  other: 'other files',
};

async function wipe(context: PromptContext, { text }: CommandArguments): Promise<Lines> {
  const { session } = context.model;
  if (text !== '') return executed(context, { type: 'wipe', nickname: text }, []);
  const nickname = session.phase === 'none' ? '<your nickname>' : session.nickname;
  return [...wipeLines, `To do that, type wipe ${nickname}`];
}

/** `register` is done when the attempt has begun. The prompt prints a refusal of the server when it arrives. */
async function register(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'register' });
  if (answer.status === 'refused') return [answer.sentence];
  await context.registrationAnswered();
  await context.enterJoinCode();
  switch (context.model.session.phase) {
    case 'online':
      return ["You're Online."];
    case 'refused':
      return [];
    case 'none':
    case 'joining':
    case 'unreachable':
    case 'offline':
      return [errors['server-silent'].sentence];
    default:
      return context.model.session satisfies never;
  }
}
