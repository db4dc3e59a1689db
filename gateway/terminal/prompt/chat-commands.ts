import { errors } from '../../../shared/errors.ts';
import { sessionRows, talkRows } from '../command-rows.mjs';
import {
  chatCommandsOf,
  executed,
  type ChatCommand,
  type Lines,
  type PromptContext,
} from './prompt-command.ts';
import { statisticsLines } from './statistics-table.ts';

/** Commands to talk, to look around, and to come and go. */
export const talkCommands: readonly ChatCommand[] = chatCommandsOf(talkRows, {
  clients: (context) => context.clientLines(),
  send: (context, { nickname, text }) => context.send(nickname, text),
});

export const sessionCommands: readonly ChatCommand[] = chatCommandsOf(sessionRows, {
  blocked,
  'accept-server': acceptServer,
  stats: statistics,
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

async function statistics(context: PromptContext): Promise<Lines> {
  const answer = await context.execute({ type: 'statistics', peer: null });
  if (answer.status === 'refused') return [answer.sentence];
  return statisticsLines(answer.result, (peer) => context.model.nicknameOf(peer));
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
