import {
  formatBanAddress,
  formatBanNickname,
  parseBanSubject,
  type Ban,
  type Banned,
  type BanSubject,
} from '../../../shared/ban.ts';
import { banDaysMax } from '../../../shared/limits.ts';
import { peopleRows, type PeopleResult, type ServerPerson } from '../../../shared/bridge/administration.ts';
import { formatQuotas, parseQuotas } from '../../../shared/quotas.ts';
import { guestRows, helpLines, serverRows, windowRows } from '../command-rows.mjs';
import { newLink } from '../prompt/browser-commands.ts';
import {
  chatCommandsOf,
  executed,
  type ChatCommand,
  type CommandArguments,
  type Executor,
  type Lines,
} from '../prompt/prompt-command.ts';
import { safeLine } from '../text/safe-text.ts';
import { log, mailboxes, traffic } from './server-figures.ts';
import { endRoom, ownerByNickname, serverRooms } from './room-administration.ts';

/** Commands of an operator: in the window of a server, and at the prompt of a user who hosts the chat. */
export const serverCommands: readonly ChatCommand<Executor>[] = chatCommandsOf(serverRows, {
  names,
  release: (executor, { nickname }) =>
    executed(executor, { type: 'release-name', nickname }, [
      `${safeLine(nickname)} is free. Everyone will see its next owner as a different person.`,
    ]),
  ban,
  unban: (executor, { nickname }) =>
    executed(executor, { type: 'unban', subject: parseBanSubject(nickname) }, [
      `${safeLine(nickname)} can join again.`,
    ]),
  bans,
  'join-code': joinCode,
  quota,
  mailboxes,
  traffic,
  log,
  'end-room': endRoom,
});

/** In the window of a server. At a prompt, the commands of users with these words do the same. */
export const windowCommands: readonly ChatCommand<Executor>[] = chatCommandsOf(windowRows, {
  rooms: async (executor) => {
    const lines = await serverRooms(executor);
    return lines.length === 0 ? ['The server has no rooms yet.'] : lines;
  },
  owner: ownerByNickname,
  link: newLink,
  help: () => Promise.resolve([...helpLines(serverRows), ...helpLines(guestRows), ...helpLines(windowRows)]),
});

/** More lines are no help. */
const peopleShownMax = 200;

async function names(executor: Executor, { text: part }: { readonly text: string }): Promise<Lines> {
  const query = { part, by: 'nickname', descending: false, limit: peopleShownMax } as const;
  const answer = await executor.execute({ type: 'people', ...query });
  return answer.status === 'refused' ? [answer.sentence] : nameLines(answer.result, part);
}

async function ban(executor: Executor, { nickname, text }: CommandArguments): Promise<Lines> {
  const days = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (text !== '' && (days < 1 || days > banDaysMax))
    return [`The days of a ban are a whole number from 1 to ${banDaysMax}, not "${safeLine(text)}".`];
  const subject = parseBanSubject(nickname);
  const answer = await executor.execute({ type: 'ban', subject, ...(text === '' ? {} : { days }) });
  if (answer.status === 'refused') return [answer.sentence];
  const { banned } = answer.result.ban;
  const until = text === '' ? 'until you lift the ban' : `for ${days} ${days === 1 ? 'day' : 'days'}`;
  // A nickname can look like an address. The operator has to see which of both is banned.
  const name =
    banned.type === 'address' ? `The address ${banned.address}` : safeLine(banned.nickname ?? banned.key);
  return [
    `${name} is banned ${until}. To lift the ban, type unban ${textForUnban(banned, subject)}.`,
    ...(banned.type === 'key' ? await newKeyLines(executor) : []),
    ...(banned.type === 'key' && subject.type === 'nickname-or-address'
      ? [`A person has that nickname. To ban the address, type ban ${formatBanAddress(subject.text)}.`]
      : []),
  ];
}

/** Only a ban of the address keeps a person out that makes a new key. */
async function newKeyLines(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'join-code' });
  const needsCode = answer.status === 'done' && answer.result.joinCode !== null;
  return [
    needsCode
      ? 'With a new key, this person needs the join code, and may still know it. For another code, type join-code off, then join-code on.'
      : 'With a new key, this person can come in again. To prevent that, ban the address too, or type join-code on.',
  ];
}

function textForUnban(banned: Banned, asked: BanSubject): string {
  if (banned.type === 'key')
    return banned.nickname === null ? banned.key : safeLine(formatBanNickname(banned.nickname));
  return asked.type === 'address' ? formatBanAddress(banned.address) : banned.address;
}

async function bans(executor: Executor): Promise<Lines> {
  const answer = await executor.execute({ type: 'bans' });
  if (answer.status === 'refused') return [answer.sentence];
  return answer.result.bans.length === 0 ? ['No one is banned.'] : answer.result.bans.map(banLine);
}

/** `bob, key 3f7a…: until 2026-12-06 14:00 UTC`, or `address 10.0.0.9: …` */
function banLine({ banned, untilMs }: Ban): string {
  if (untilMs === null) return `${textOfBanned(banned)}: until you lift the ban`;
  return `${textOfBanned(banned)}: until ${utcText(untilMs)}`;
}

function textOfBanned(banned: Banned): string {
  if (banned.type === 'address') return `address ${banned.address}`;
  const key = `key ${banned.key}`;
  return banned.nickname === null ? key : `${safeLine(banned.nickname)}, ${key}`;
}

/** Turning it off and on again makes another code. */
async function joinCode(executor: Executor, { choice }: CommandArguments): Promise<Lines> {
  const answer =
    choice === null
      ? await executor.execute({ type: 'join-code' })
      : await executor.execute({ type: 'require-join-code', required: choice === 'on' });
  if (answer.status === 'refused') return [answer.sentence];
  const code = answer.result.joinCode;
  return [code === null ? 'New users need no join code.' : `New users need the join code ${code}.`];
}

/** Keeps the quotas that the text does not name, and prints all of them. */
async function quota(executor: Executor, { text: spec }: { readonly text: string }): Promise<Lines> {
  const answer = await executor.execute({ type: 'quotas' });
  if (answer.status === 'refused') return [answer.sentence];
  const current = answer.result.quotas;
  if (spec === '') return [`quota ${formatQuotas(current)}`];
  const parsed = parseQuotas(spec, current);
  if ('error' in parsed) return [`${safeLine(parsed.error)}.`];
  const { quotas } = parsed;
  return executed(executor, { type: 'set-quotas', quotas }, [`quota ${formatQuotas(quotas)}`]);
}

function nameLines(found: PeopleResult, part: string): Lines {
  const { matching } = found;
  if (matching === 0) {
    return [
      part === '' ? 'No one has registered yet.' : `No nickname, address or key contains ${safeLine(part)}.`,
    ];
  }
  const lines = peopleRows(found).map(nameLine);
  if (matching === lines.length) return lines;
  return [
    ...lines,
    `and ${matching - lines.length} more. Type names <part> to list those with <part> in the nickname or address.`,
  ];
}

/** `bob: offline since 2026-11-29 14:00 UTC, 192.168.1.7:51000, 2 messages waiting` */
function nameLine({ nickname, address, online, lastSeenMs, waiting }: ServerPerson): string {
  const seen = online || lastSeenMs === null ? '' : ` since ${utcText(lastSeenMs)}`;
  const mail = waiting === 0 ? [] : [`${waiting} ${waiting === 1 ? 'message' : 'messages'} waiting`];
  const parts = [`${online ? 'online' : 'offline'}${seen}`, ...(address === '' ? [] : [address]), ...mail];
  return `${safeLine(nickname)}: ${parts.join(', ')}`;
}

/** `2026-11-29 14:00 UTC` */
function utcText(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}
