import type { AnswerOf, CommandOf, CommandTypeBy } from '../../shared/bridge/commands.ts';
import type { ConversationContentOf } from '../../shared/chat/content-kinds.ts';
import { roomCommandKinds, type RoomCommandType } from '../../shared/bridge/rooms.ts';
import { done, doneWith, refused, type CommandResult } from '../../shared/command-result.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { formatJoinCode } from '../../shared/join-code.ts';
import { searchLettersMax } from '../../shared/limits.ts';
import { parseNickname } from '../../shared/nickname.ts';
import type { RoomContent } from '../../shared/rooms/content.ts';
import type { Moment } from '../../shared/moment.ts';
import { parseSearch } from '../../shared/search/query.ts';
import type { Client } from '../client/client.ts';
import type { RunningClient, RunningServer } from './ports.ts';

type ClientTransaction = CommandTypeBy<'client-transaction'>;
type ClientRequest = CommandTypeBy<'client-request'>;
type ClientQuery = CommandTypeBy<'client-query'>;
type ServerCommand = CommandTypeBy<'server-query' | 'server-change'>;

/** The part of a client that commands change in a turn. */
export type CommandedClient = Pick<
  Client,
  | 'writeRoom'
  | 'createRoom'
  | 'write'
  | 'setNotify'
  | 'markRead'
  | 'changeSetting'
  | 'retry'
  | 'discard'
  | 'setClassic'
  | 'setVerified'
  | 'block'
  | 'unblock'
  | 'allow'
  | 'acceptKey'
  | 'refuseKey'
  | 'acceptServerKey'
  | 'acceptFile'
  | 'declineFile'
  | 'pauseFile'
  | 'resumeFile'
  | 'cancelFile'
  | 'removeFile'
>;

/** Executes a command inside a turn of the client. Its answer goes to disk in the same transaction. */
export function executeInTransaction<T extends ClientTransaction>(
  type: T,
  client: CommandedClient,
  now: Moment,
  command: CommandOf<T>,
): CommandResult {
  return clientTransactions[type](client, now, command);
}

/** Lets the client ask its server, in a turn. An event has the answer. */
export function askServer<T extends ClientRequest>(
  type: T,
  client: Client,
  now: Moment,
  command: CommandOf<T>,
): CommandResult {
  return clientRequests[type](client, now, command);
}

/** Answers a question about the client, outside of turns. */
export function askClient<T extends ClientQuery>(
  type: T,
  client: RunningClient,
  command: CommandOf<T>,
): AnswerOf<T> {
  return clientQueries[type](client, command);
}

/** The server in this gateway, and the key of the client beside it; null without one. */
export interface OperatedServer {
  readonly server: RunningServer;
  readonly clientKey: PeerKey | null;
}

/** Executes a command of the operator. Throws StoreError when the disk refuses. */
export function executeOnServer<T extends ServerCommand>(
  type: T,
  operated: OperatedServer,
  command: CommandOf<T>,
): AnswerOf<T> {
  return serverCommands[type](operated, command);
}

type Transactions<Type extends ClientTransaction> = {
  readonly [T in Type]: (client: CommandedClient, now: Moment, command: CommandOf<T>) => CommandResult;
};

/** The commands that write an entry of a kind of rooms: the fields are its content. */
const roomTransactions = Object.fromEntries(
  roomCommandKinds.map((kind) => [
    `room-${kind}`,
    (client: CommandedClient, now: Moment, command: CommandOf<RoomCommandType>) => {
      const { type: _type, id, room, ...content } = command;
      const prepared = 'name' in content ? preparedName(content.name) : '';
      if (prepared === null) return refused('room-name-not-allowed');
      const named = 'name' in content ? { ...content, name: prepared } : content;
      return client.writeRoom(now, room, { id, content: { kind, ...named } as RoomContent });
    },
  ]),
) as Transactions<RoomCommandType>;

function preparedName(typed: string): string | null {
  const parsed = parseNickname(typed);
  return 'nickname' in parsed ? parsed.nickname : null;
}

const clientTransactions: Transactions<ClientTransaction> = {
  ...roomTransactions,
  'room-create': (client, now, { id, room, name: typed, access }) => {
    const name = preparedName(typed);
    return name === null
      ? refused('room-name-not-allowed')
      : client.createRoom(now, { id, room, name, access });
  },
  send: (client, now, message) => client.write(now, message),
  edit: (client, now, { id, conversation, of, text, mentions, mentionsRoom }) =>
    client.write(now, { id, conversation, content: editContent({ of, text, mentions, mentionsRoom }) }),
  delete: (client, now, { id, conversation, of }) =>
    client.write(now, { id, conversation, content: { kind: 'delete', of } }),
  react: (client, now, { id, conversation, of, emoji, on }) =>
    client.write(now, { id, conversation, content: { kind: 'reaction', items: [{ of, emoji, on }] } }),
  vote: (client, now, { id, conversation, of, choice }) =>
    client.write(now, { id, conversation, content: { kind: 'vote', items: [{ of, choice }] } }),
  acknowledge: (client, now, { id, conversation, of }) =>
    client.write(now, { id, conversation, content: { kind: 'acknowledge', items: [of] } }),
  'close-poll': (client, now, { id, conversation, of }) =>
    client.write(now, { id, conversation, content: { kind: 'close-poll', of } }),
  'set-notify': (client, now, { conversation, notify }) => client.setNotify(now, conversation, notify),
  'mark-read': (client, now, { conversation, id }) => client.markRead(now, conversation, id),
  'accept-file': (client, now, { of }) => client.acceptFile(now, of),
  'decline-file': (client, now, { of }) => client.declineFile(now, of),
  'pause-file': (client, now, { of }) => client.pauseFile(now, of),
  'resume-file': (client, now, { of }) => client.resumeFile(now, of),
  'cancel-file': (client, now, { of }) => client.cancelFile(now, of),
  'remove-file': (client, now, { of }) => client.removeFile(now, of),
  'set-setting': (client, now, { setting, value }) => client.changeSetting(now, setting, value),
  retry: (client, now, { id }) => client.retry(now, id),
  discard: (client, now, { id }) => client.discard(now, id),
  'set-classic': (client, now, { peer, classic }) => client.setClassic(now, peer, classic),
  'set-verified': (client, now, { peer, verified }) => client.setVerified(now, peer, verified),
  block: (client, now, { peer }) => client.block(now, peer),
  unblock: (client, now, { peer }) => client.unblock(now, peer),
  allow: (client, now, { peer }) => client.allow(now, peer),
  'accept-key': (client, now, { peer, key }) => client.acceptKey(now, peer, key),
  'refuse-key': (client, now, { peer, key }) => client.refuseKey(now, peer, key),
  'accept-server-key': (client, now, { key }) => client.acceptServerKey(now, key),
};

function editContent({
  of,
  text,
  mentions,
  mentionsRoom,
}: Pick<CommandOf<'edit'>, 'of' | 'text'> & {
  readonly mentions: readonly PeerKey[] | undefined;
  readonly mentionsRoom: true | undefined;
}): ConversationContentOf<'edit'> {
  return {
    kind: 'edit',
    of,
    text,
    ...(mentions === undefined ? {} : { mentions: [...mentions] }),
    ...(mentionsRoom === undefined ? {} : { mentionsRoom }),
  };
}

const clientRequests: {
  readonly [T in ClientRequest]: (client: Client, now: Moment, command: CommandOf<T>) => CommandResult;
} = {
  'room-browse': (client, now, { after }) => client.browseRooms(now, after),
  'room-readers': (client, now, { room, id }) => client.askReaders(now, room, id),
  typing: (client, now, { conversation }) => client.tellTyping(now, conversation),
};

const clientQueries: {
  readonly [T in ClientQuery]: (client: RunningClient, command: CommandOf<T>) => AnswerOf<T>;
} = {
  history: ({ client }, { conversation, before, limit }) =>
    doneWith(client.history(conversation, before, limit)),
  'list-files': ({ client }, { before, limit }) => doneWith({ files: client.files(before, limit) }),
  'history-from': ({ client }, { conversation, from, limit }) =>
    doneWith(client.historyFrom(conversation, from, limit)),
  search: ({ client }, { text, before, limit }) =>
    doneWith(client.search(parseSearch(text.slice(0, searchLettersMax)), before, limit)),
  'blocked-keys': ({ client }) => doneWith({ keys: client.blockedKeys() }),
  'room-members': ({ client }, { room }) => {
    const members = client.roomMembers(room);
    return members === undefined ? refused('no-such-room') : doneWith(members);
  },
  'safety-number': (client, { peer }) => doneWith(client.safetyNumber(peer)),
};

/** As the user reads it. */
function joinCodeText({ admin }: Pick<RunningServer, 'admin'>): string | null {
  const { joinCode } = admin;
  return joinCode === null ? null : formatJoinCode(joinCode);
}

const serverCommands: {
  readonly [T in ServerCommand]: (operated: OperatedServer, command: CommandOf<T>) => AnswerOf<T>;
} = {
  people: ({ server }, query) => doneWith(server.admin.people(query, server.traffic())),
  mailboxes: ({ server }) => doneWith(server.admin.mailboxes()),
  quotas: ({ server }) => doneWith({ quotas: server.admin.quotas }),
  'release-name': ({ server }, { nickname }) =>
    server.command((admin, now) => admin.release(now, nickname)) ? done : refused('unknown-name'),
  'set-quotas': ({ server }, { quotas }) => {
    server.command((admin) => admin.setQuotas(quotas));
    return done;
  },
  ban: ({ server, clientKey }, { subject, days }) => {
    const ownKeys = clientKey === null ? [server.key] : [server.key, clientKey];
    const result = server.command((admin, now) => admin.ban(now, subject, days ?? null, ownKeys));
    return 'error' in result ? refused(result.error) : doneWith(result);
  },
  unban: ({ server }, { subject }) =>
    server.command((admin) => admin.unban(subject)) ? done : refused('not-banned'),
  'join-code': ({ server }) => doneWith({ joinCode: joinCodeText(server) }),
  'require-join-code': ({ server }, { required }) => {
    server.command((admin) => admin.requireJoinCode(required));
    return doneWith({ joinCode: joinCodeText(server) });
  },
  'server-rooms': ({ server }) => doneWith({ rooms: server.admin.rooms() }),
  'close-room': ({ server }, { room }) =>
    server.command((admin, now) => admin.closeRoom(now, room)) ? done : refused('no-such-room'),
  'name-room-owner': ({ server }, { room, owner }) => {
    const error = server.command((admin, now) => admin.nameOwner(now, room, owner));
    return error === null ? done : refused(error);
  },
  bans: ({ server }) => doneWith({ bans: server.command((admin, now) => admin.bans(now)) }),
};
