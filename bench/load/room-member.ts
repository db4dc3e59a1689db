import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationId } from '../../shared/conversation.ts';
import { roomConversation } from '../../shared/conversation.ts';
import { parseMessageId, type MessageId } from '../../shared/ids.ts';
import { idSource } from '../../shared/new-id.ts';
import type { ClientEvent } from '../../gateway/client/client-event.ts';
import type { RunningClient } from '../../gateway/control/ports.ts';
import { perfectLabSpec } from '../../gateway/net/lab-spec.ts';
import { startClient } from '../../gateway/runtime/running-client.ts';
import type { RoomLoadCommand, RoomLoadCounts, RoomLoadReport } from './room-orders.ts';

/**
 * A process with members of one room: real clients with a socket and a database each (room-load.ts). Run as
 * `<number> <how many members> <the server's port on loopback> <data folder> <loss of the first member, in per cent>`.
 */

/** What a member has come to. Its events can come before its start has ended. */
interface Progress {
  readonly hasLoss: boolean;
  isOnline: boolean;
  isJoined: boolean;
}

interface Member {
  readonly client: RunningClient;
  readonly progress: Progress;
}

const [number = '', count = '', port = '', folder = '', loss = '0'] = process.argv.slice(2);
const server = { address: { host: '127.0.0.1', port: Number(port) } };
/** The length of a line of chat. */
const textCharacters = 60;
/** To join is not measured. More clients at once would only make a busy machine slower. */
const joiningMax = 10;

const newId = idSource(Date.now);
const members: Member[] = [];
let conversation: ConversationId | undefined;
let posted: Record<MessageId, number> = {};
let committed: RoomLoadCounts['committed'] = {};
let committedWithLoss: Record<MessageId, number> = {};
let lastBytes = { sent: 0, received: 0 };
let lastProcessor = process.cpuUsage();

setInterval(() => {
  report({
    type: 'state',
    online: members.filter(({ progress }) => progress.isOnline).length,
    joined: members.filter(({ progress }) => progress.isJoined).length,
  });
}, 100);
process.on('message', (command: RoomLoadCommand) => void handle(command));
for (let index = 0; index < Number(count); index++) {
  await openMember(index);
  while (members.filter(({ progress }) => !progress.isOnline).length > joiningMax) await delay(10);
}

async function openMember(index: number): Promise<void> {
  const dataRoot = path.join(folder, `${number}-${index}`);
  fs.mkdirSync(dataRoot, { recursive: true, mode: 0o700 });
  const hasLoss = index === 0 && Number(loss) > 0;
  const progress: Progress = { hasLoss, isOnline: false, isJoined: false };
  const client = await startClient(
    { nickname: `member-${number}-${index}`, server, clientPort: 0, hosted: false, keepTrying: true },
    {
      dataRoot,
      lab: hasLoss ? { ...perfectLabSpec, lossPercent: Number(loss), seed: index + 1 } : null,
      profile: 'normal',
      url: () => null,
      onChange: (event) => notice(progress, event),
      onFault: (error) => void process.stderr.write(`${String(error)}\n`),
    },
  );
  members.push({ client, progress });
  client.command((role, now) => role.register(now));
}

/** Events come after the commit that made them true. */
function notice(member: Progress, event: ClientEvent): void {
  switch (event.type) {
    case 'session':
      member.isOnline = event.session.phase === 'online';
      return;
    case 'rooms':
      if (event.rooms.some((one) => one.conversation === conversation && isMember(one.standing)))
        member.isJoined = true;
      return;
    case 'message': {
      const { id, content } = event.message;
      if (event.message.conversation !== conversation || content.kind !== 'text') return;
      // The author's own entry comes twice: as it is posted, and with its place in the log.
      if (event.message.delivery?.state === 'saved' || event.message.delivery?.state === 'sending') return;
      noteCommit(member, id);
      return;
    }
    default:
      return;
  }
}

function isMember(standing: string): boolean {
  return ['owner', 'moderator', 'member', 'reader'].includes(standing);
}

function noteCommit({ hasLoss }: Progress, id: MessageId): void {
  const nowMs = wallMs();
  if (hasLoss) committedWithLoss[id] ??= nowMs;
  else {
    const known = committed[id] ?? { lastMs: nowMs, members: 0 };
    committed[id] = { lastMs: Math.max(known.lastMs, nowMs), members: known.members + 1 };
  }
}

async function handle(command: RoomLoadCommand): Promise<void> {
  switch (command.type) {
    case 'join':
      return joinAll(command);
    case 'post':
      return post(command.perSecond, command.seconds);
    case 'report':
      reportCounts();
      return;
    default:
      command satisfies never;
  }
}

async function joinAll({ room, name, create }: Extract<RoomLoadCommand, { type: 'join' }>): Promise<void> {
  conversation = roomConversation(room);
  for (const [index, { client }] of members.entries()) {
    client.command((role, now) => {
      if (create && index === 0) role.createRoom(now, { id: messageId(), room, name, access: 'open' });
      else role.writeRoom(now, room, { id: messageId(), content: { kind: 'join' } });
    });
    await delay(5);
  }
}

async function post(perSecond: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueMs = startMs + (1_000 * index) / perSecond;
    await delay(Math.max(0, dueMs - performance.now()));
    const author = members[index % members.length];
    if (author === undefined || conversation === undefined) return;
    const id = messageId();
    // A process that is too busy to post in time would hide its own delay, if the time counted from the call.
    posted[id] = performance.timeOrigin + dueMs;
    const text = `${number}:${index} `.padEnd(textCharacters, 'x');
    const to = conversation;
    author.client.command((role, now) =>
      role.write(now, { id, conversation: to, content: { kind: 'text', text } }),
    );
  }
}

function reportCounts(): void {
  const bytes = { sent: 0, received: 0 };
  for (const { client } of members) {
    const { client: statistics } = client.statistics(null);
    bytes.sent += statistics?.bytesSent ?? 0;
    bytes.received += statistics?.bytesReceived ?? 0;
  }
  report({
    type: 'counts',
    counts: {
      posted,
      committed,
      committedWithLoss,
      bytesSent: bytes.sent - lastBytes.sent,
      bytesReceived: bytes.received - lastBytes.received,
      processorMs: processorMsSinceLast(),
    },
  });
  lastBytes = bytes;
  posted = {};
  committed = {};
  committedWithLoss = {};
}

function processorMsSinceLast(): number {
  const { user, system } = process.cpuUsage(lastProcessor);
  lastProcessor = process.cpuUsage();
  return (user + system) / 1_000;
}

function messageId(): MessageId {
  const id = parseMessageId(newId());
  if (id === undefined) throw new Error('a new id is no message id');
  return id;
}

/** More exact than Date.now(). */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function report(message: RoomLoadReport): void {
  process.send?.(message);
}
