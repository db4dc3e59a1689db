import type { Address } from '../../shared/address.ts';
import { encodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import type { MessageId, PeerKey, InstanceId } from '../../shared/ids.ts';
import { snapshotMessagesMax } from '../../shared/limits.ts';
import type { DirectMessage } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Job, JobResult } from '../turn/jobs.ts';
import type { Role } from '../turn/role.ts';
import type { StoredMessage } from '../store/client-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { FaultBackOff } from '../turn/fault-back-off.ts';
import type { ClientEvent, ConversationView, HistoryPage, PersonView, SessionView } from './client-event.ts';
import type { ClientContext } from './context.ts';
import {
  buildComponents,
  touchAll,
  type ClientComponents,
  type ClientComponentsOptions,
} from './components.ts';
import type { Preferences } from './preferences.ts';
import { ServerClock } from './server-clock.ts';
import { Session } from './session.ts';
import { MessageDispatcher } from './message-dispatcher.ts';
import { PendingJobs } from './pending-jobs.ts';

export interface ClientOptions extends ClientComponentsOptions {
  /** New at each start of the process. */
  readonly run: InstanceId;
  readonly nickname: string;
  readonly server: Address;
  /** The server as the person wrote it, with its port. */
  readonly serverText: string;
  /** Formatted addresses at which this client's socket can be reached, for others. */
  readonly candidates: () => readonly string[];
}

/** The client role: one person's side of the chat (DESIGN sections 4 and 5). */
export class Client implements Role<ClientEvent> {
  readonly #options: ClientOptions;
  readonly #actions: EndpointAction[] = [];
  readonly #changes: ClientEvent[] = [];
  readonly #workbench = new PendingJobs();
  /** A disk that stays full must not make this client dial for ever as fast as it can. */
  readonly #faults = new FaultBackOff(500, 30_000);
  readonly #session: Session;
  readonly #clock: ServerClock;
  readonly #switchboard: MessageDispatcher;
  #parts: ClientComponents;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = new ServerClock(this.#context);
    this.#session = new Session({
      ...options,
      context: this.#context,
      roster: () => this.#parts.people.roster,
    });
    this.#parts = buildComponents(options, this.#context, this.#session, this.#clock);
    this.#switchboard = new MessageDispatcher({
      ...{ context: this.#context, session: this.#session, clock: this.#clock },
      parts: () => this.#parts,
    });
  }

  // --- commands: call them inside a turn ---------------------------------------------------------------

  /** Goes online, or tries again at once. */
  register(now: Moment): void {
    this.#session.register(now);
    this.#settleAll(now);
  }

  /** Goes offline in the server's table; `session()` says when it is done. */
  deregister(now: Moment): void {
    this.#session.deregister(now);
    this.#settleAll(now);
  }

  /** Saves a message in the outbox; the same id and words again change nothing. */
  send(now: Moment, message: { id: MessageId; to: PeerKey; text: string }): CommandResult {
    const verdict = this.#parts.ownMessages.send(now, message);
    this.#settle(now);
    return verdict;
  }

  retry(now: Moment, id: MessageId): CommandResult {
    const verdict = this.#parts.ownMessages.retry(id);
    this.#settle(now);
    return verdict;
  }

  discard(id: MessageId): CommandResult {
    return this.#parts.ownMessages.discard(id);
  }

  markRead(now: Moment, peer: PeerKey, id: MessageId): CommandResult {
    const verdict = this.#parts.reads.mark(peer, id);
    this.#settle(now);
    return verdict;
  }

  /** `key` is who `peer` was: what was said, and what still waits, goes on under it. */
  acceptKey(now: Moment, peer: PeerKey, key: PeerKey): CommandResult {
    const { people, outbox } = this.#parts;
    const accepted = people.acceptKey(peer, key);
    if (accepted === 'unknown') return refused('key-not-offered');
    if (accepted === 'joined') outbox.rekey(peer, key);
    this.#changes.push({ type: 'key-accepted', peer, key });
    this.#settleAll(now);
    return done;
  }

  /** `peer` stays who it is. */
  refuseKey(now: Moment, peer: PeerKey, key: PeerKey): CommandResult {
    if (!this.#parts.people.refuseKey(peer, key)) return refused('key-not-offered');
    this.#settleAll(now);
    return done;
  }

  /** The server may have this key from now on; tries it at once. */
  acceptServerKey(now: Moment, key: PeerKey): CommandResult {
    this.#session.acceptServerKey(now, key);
    this.#settleAll(now);
    return done;
  }

  /** The original's rule with this person, or not; a live connection gives way to one of that kind. */
  setClassic(peer: PeerKey, classic: boolean): CommandResult {
    return this.#parts.people.setClassic(peer, classic) ? done : refused('unknown-recipient');
  }

  /** The person has compared the safety number with whoever has this key, or takes that back. */
  setVerified(peer: PeerKey, verified: boolean): CommandResult {
    return this.#parts.people.setVerified(peer, verified) ? done : refused('unknown-recipient');
  }

  // --- what faces ask -------------------------------------------------------------------------------------

  session(): SessionView {
    return this.#session.view();
  }

  /** Changed inside a turn. */
  get preferences(): Preferences {
    return this.#parts.preferences;
  }

  people(): PersonView[] {
    return this.#parts.people.view();
  }

  conversations(): ConversationView[] {
    return Array.from(this.#parts.people.keys(), (peer) => {
      const { messages, older } = this.history(peer, null, snapshotMessagesMax);
      return { peer, unread: this.#parts.people.unreadCount(peer), messages, older };
    });
  }

  /** Null: nothing was said about this person. */
  isClassicWanted(peer: PeerKey): boolean | null {
    return this.#parts.people.find(peer)?.classic ?? null;
  }

  history(peer: PeerKey, before: MessageId | null, limit: number): HistoryPage {
    const { messages, older } = this.#options.store.messages.page(peer, before, limit);
    return { messages: messages.map((message) => this.#view(message)), older };
  }

  // --- the role ---------------------------------------------------------------------------------------------

  handleEvent(now: Moment, event: EndpointEvent): void {
    const { links, outbox, inbox, receipts } = this.#parts;
    switch (event.type) {
      case 'received':
        this.#switchboard.handleBytes(now, event.peer, event.bytes);
        break;
      case 'other-version':
        this.#changes.push({ type: 'other-version', from: event.from.host, version: event.version });
        break;
      case 'received-unreliable':
      case 'writable':
        break;
      case 'attempt':
      case 'acknowledged':
      case 'undelivered':
        outbox.handleEvent(now, event);
        inbox.handleEvent(event);
        receipts.handleEvent(now, event);
        break;
      case 'moved':
        if (!this.#session.handleEvent(now, event)) links.handleEvent(now, event);
        break;
      case 'connected':
      case 'disconnected':
      case 'dial-failed': {
        if (event.type !== 'dial-failed') {
          inbox.handleEvent(event);
          receipts.handleEvent(now, event);
          outbox.handleConnectionOver(event.peer);
        }
        touchAll(this.#parts);
        if (this.#session.handleEvent(now, event)) {
          links.handleServerChange();
          break;
        }
        if (this.#session.isAway) {
          // Who has gone offline takes no visitors; their messages wait on the server.
          if (event.type === 'connected') this.#act({ type: 'close', peer: event.peer, reason: 'goodbye' });
        } else links.handleEvent(now, event);
        break;
      }
      default:
        event satisfies never;
    }
    this.#settle(now);
  }

  handleTimeout(now: Moment): void {
    const { links, outbox, receipts } = this.#parts;
    this.#session.handleTimeout(now);
    links.handleTimeout(now);
    outbox.handleTimeout(now);
    receipts.handleTimeout(now);
    this.#settleAll(now);
  }

  /** Whoever waited for a later try is tried at once. */
  handleNetworkChange(now: Moment): void {
    this.#session.handleNetworkChange(now);
    // PROTOCOL 6.42: a clock that was set looks like a sleep.
    this.#clock.look(now);
    if (this.#session.isOnline && this.#session.serverKey !== undefined)
      this.#clock.ask(this.#session.serverKey);
    this.#parts.links.forgiveAll();
    this.#settleAll(now);
  }

  pollTimeout(): number | undefined {
    const { links, outbox, receipts } = this.#parts;
    const deadlines = [
      this.#session.pollTimeout(),
      links.pollTimeout((peer) => outbox.wantsWayTo(peer)),
      outbox.pollTimeout(),
      receipts.pollTimeout(),
    ].filter((due) => due !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  pollAction(): EndpointAction | undefined {
    return this.#actions.shift();
  }

  pollJob(): Job | undefined {
    return this.#workbench.pollJob();
  }

  handleJob(now: Moment, result: JobResult): void {
    this.#workbench.handleJob(now, result);
    this.#settle(now);
  }

  pollChange(): ClientEvent | undefined {
    return this.#changes.shift();
  }

  /** Everything is taken from the store again; connections are opened anew, and whatever was open is offered again. */
  resetFromStore(now: Moment): void {
    this.#actions.length = 0;
    this.#changes.length = 0;
    this.#workbench.clear();
    this.#parts.links.closeAll();
    this.#parts = buildComponents(this.#options, this.#context, this.#session, this.#clock);
    this.#session.reload(now, this.#faults.untilAfterFault(now.monotonicMs) - now.monotonicMs);
  }

  // --- inside -------------------------------------------------------------------------------------------------

  /** After anything that may have changed the ways to everybody. */
  #settleAll(now: Moment): void {
    touchAll(this.#parts);
    this.#settle(now);
  }

  /** Lets messages and receipts use the ways that have opened. */
  #settle(now: Moment): void {
    const { links, outbox, inbox, receipts } = this.#parts;
    if (this.#session.isAway) {
      links.closeAll();
      inbox.forgetOpenings();
    }
    receipts.flush(now);
    outbox.flush(now);
  }

  #view(message: StoredMessage): DirectMessage {
    const { progress, installation: _, clockOffsetMs: __, ...rest } = message;
    return progress === null
      ? rest
      : { ...rest, delivery: this.#parts.outbox.deliveryOf(message.id, progress) };
  }

  readonly #context: ClientContext = {
    transport: (action) => void this.#actions.push(action),
    send: (peer, channel, said, token) => {
      this.#say(peer, channel, said, token);
    },
    emit: (change) => void this.#changes.push(change),
    runJob: (work, whenDone) => {
      this.#workbench.begin(work, whenDone);
    },
  };

  #say(peer: PeerKey, channel: 'control' | 'chat', said: ProtocolMessage, token: string): void {
    this.#act({ type: 'send', peer, channel, bytes: encodeMessage(said), token });
  }

  #act(action: EndpointAction): void {
    this.#actions.push(action);
  }
}
