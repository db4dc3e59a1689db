import type { Answer, AnswerTo, Command } from '../../../shared/bridge/commands.ts';
import type { BridgeEvent, NumberedEvent, EventCursor, Snapshot } from '../../../shared/bridge/events.ts';
import type { Statistics } from '../../../shared/bridge/statistics.ts';
import { done, doneWith, refused, type Refused } from '../../../shared/command-result.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { roomViewOf } from '../../../shared/model/samples.ts';
import { EphemeralSubscription } from '../../control/ephemeral-subscription.ts';
import { EventLog } from '../../control/event-log.ts';
import type { ConversationExport } from '../../export/conversation-export.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';

/** A gateway for tests: it emits the test's events and gives the test's answers. */
export class ScriptedGateway implements GatewayApi {
  readonly commands: { readonly id: string; readonly command: Command }[] = [];
  /** Returns the answer to a command; undefined means the usual answer. It may emit events. */
  answer: (command: Command) => Answer | Promise<Answer> | undefined = () => undefined;
  state: Snapshot;
  /** Of the frontend that subscribed last. */
  ephemeral: EphemeralSubscription | undefined;
  readonly #log: EventLog;

  constructor(state: Partial<Snapshot> = {}, logMax?: number) {
    this.state = { ...emptySnapshot, ...state };
    this.#log = new EventLog({
      epoch: '0123456789abcdef',
      ...(logMax === undefined ? {} : { max: logMax }),
      onListenerError: (error) => {
        throw error;
      },
    });
  }

  async execute<C extends Command>(id: string, command: C): Promise<AnswerTo<C>> {
    this.commands.push({ id, command });
    // A test answers each command with the result that belongs to it.
    return (await this.answer(command)) ?? usualAnswerTo(command);
  }

  snapshot(): { cursor: EventCursor; snapshot: Snapshot } {
    return { cursor: this.cursor(), snapshot: this.state };
  }

  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void } {
    return this.#log.subscribe(listener);
  }

  watchTraces(): () => void {
    return () => undefined;
  }

  subscribeEphemeral(onEvent: () => void): EphemeralSubscription {
    this.ephemeral = new EphemeralSubscription(onEvent);
    return this.ephemeral;
  }

  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    return this.#log.since(cursor);
  }

  cursor(): EventCursor {
    return this.#log.cursor();
  }

  /** What `export` returns. */
  file: ConversationExport | Refused = refused('not-joined');

  export(): ConversationExport | Refused {
    return this.file;
  }

  tell(...events: BridgeEvent[]): void {
    for (const event of events) this.#log.append(event);
  }

  commandsOf<T extends Command['type']>(type: T): Extract<Command, { type: T }>[] {
    return this.commands
      .map(({ command }) => command)
      .filter((command): command is Extract<Command, { type: T }> => command.type === type);
  }
}

function usualAnswerTo({ type }: Command): Answer {
  return type === 'history' ? doneWith({ messages: [], hasMore: false }) : done;
}

export const emptySnapshot: Snapshot = {
  session: { phase: 'none' },
  hosting: null,
  guests: null,
  lab: null,
  contacts: [],
  conversations: [],
  rooms: [],
  movedConversations: [],
  settings: null,
  profiles: [],
};

export const alice = 'aa'.repeat(32) as PeerKey;
export const bob = 'bb'.repeat(32) as PeerKey;
export const carol = 'cc'.repeat(32) as PeerKey;

/** The room of all, and one of Alice, Bob and Carol. */
export const everyone: RoomView = roomViewOf(0, 'everyone', { access: 'everyone' });
export const lab: RoomView = roomViewOf(0x1ab, 'lab', { standing: 'owner' });

export const withBob = directConversation(bob);
export const withCarol = directConversation(carol);

const address = '192.168.1.7:50000';
export const server = { address };
export const onlineAsAlice: Snapshot['session'] = {
  phase: 'online',
  me: alice,
  nickname: 'alice',
  server,
  sinceMs: 0,
};

/** Alice, Bob and Carol. Bob is away. */
export const threeContacts: Snapshot['contacts'] = [
  { key: alice, nickname: 'alice', online: true },
  { key: bob, nickname: 'bob', online: false },
  { key: carol, nickname: 'Carol', online: true },
];

export const sampleStatistics: Statistics = {
  client: {
    connections: 2,
    datagramsSent: 25,
    datagramsReceived: 22,
    bytesSent: 4_000,
    bytesReceived: 3_000,
    datagramsSentAgain: 1,
    dropped: { checksum: 0, forged: 2 },
    sendErrors: 0,
    receiveErrors: 0,
    unsent: 1,
  },
  server: null,
  connections: [
    {
      peer: 'dd'.repeat(32) as PeerKey,
      isServer: true,
      address,
      classic: false,
      roundTripMs: 1.48,
      packetsSent: 20,
      packetsReceived: 18,
      packetsLost: 0,
      sentAgain: 0,
      keyChanges: 0,
      datagramBytes: 1_200,
    },
    {
      peer: bob,
      isServer: false,
      address: '192.168.1.9:51000',
      classic: true,
      roundTripMs: null,
      packetsSent: 3,
      packetsReceived: 2,
      packetsLost: 1,
      sentAgain: 1,
      keyChanges: 0,
      datagramBytes: 1_200,
    },
  ],
  classicWanted: null,
};

export function messageId(number: number): MessageId {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as MessageId;
}

export function incoming(peer: PeerKey, number: number, text: string): ChatMessage {
  return {
    id: messageId(number),
    conversation: directConversation(peer),
    author: peer,
    content: { kind: 'text', text },
    sentAtMs: Date.UTC(2024, 0, 1, 14, 3),
    position: { major: number, minor: number },
  };
}

export function messageEvent(message: ChatMessage): BridgeEvent {
  return { type: 'message', message, unread: 1, mentions: 0, backlog: false };
}
