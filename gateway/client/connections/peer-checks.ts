import { parseAddress, type InterfaceAddress } from '../../../shared/address.ts';
import {
  firewallNames,
  toldStates,
  untoldSide,
  type FirewallName,
  type OtherSide,
  type OtherSideAttempt,
} from '../../../shared/check/connection-check.ts';
import { checkFeature } from '../../../shared/chat/features.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { checkIdFromBytes, type CheckId, type PeerKey } from '../../../shared/ids.ts';
import {
  checkAnswersBurst,
  checkAnswersInAllBurst,
  checkQuestionsMax,
  checksAskedMax,
} from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { CoreContext } from '../context.ts';
import { withoutUntoldNetworks } from './candidates.ts';
import type { PeerPlace, Reachability } from './reachability.ts';
import type { Session } from './session.ts';

/** PROTOCOL 6.112: so often one key is answered after `checkAnswersBurst`. */
const answersIntervalMs = 10_000;
const answersInAllIntervalMs = 1_000;

/** Whether the other side could be asked. */
export type CheckQuestion =
  | { readonly type: 'asked'; readonly check: CheckId }
  /** No path leads to the other side. */
  | { readonly type: 'no-path' }
  /** The program of the other side, or the server, does not know the question. */
  | { readonly type: 'does-not-say' };

/** What this client answers about its connection with an asker. */
export type CheckAnswer = Pick<OtherSide, 'attempts' | 'firewall'> & { readonly arrived: boolean };

export interface PeerChecksOptions {
  readonly context: Pick<CoreContext, 'send' | 'emit'>;
  readonly me: PeerKey;
  readonly contacts: Pick<Contacts, 'find' | 'awaitsKeyDecision'>;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly session: Pick<
    Session,
    'isAway' | 'isServerOnLoopback' | 'serverKey' | 'serverHas' | 'toldCandidates'
  >;
  readonly reachability: Pick<Reachability, 'currentRoute' | 'placeOf'>;
  readonly interfaces: () => readonly InterfaceAddress[];
  readonly random: (byteCount: number) => Uint8Array;
}

/** Asks other clients what they see of the connection, and takes their questions (PROTOCOL 6.110). Nothing of it is kept. */
export class PeerChecks {
  readonly #options: PeerChecksOptions;
  readonly #perKey = new KeyedTokenBucket(checkAnswersBurst, answersIntervalMs);
  /** Of all people that the user knows, and of all others. */
  readonly #inAll = new KeyedTokenBucket(checkAnswersInAllBurst, answersInAllIntervalMs);
  /** Own questions without an answer, the oldest first. */
  readonly #asked = new Map<CheckId, PeerKey>();
  /** The newest question of each key, and the peer over which it came. */
  readonly #questions = new Map<PeerKey, { readonly check: CheckId; readonly via: PeerKey }>();

  constructor(options: PeerChecksOptions) {
    this.#options = options;
  }

  /** PROTOCOL 6.113: `via` is the server, or the other client itself. */
  handleMessage(
    now: Moment,
    via: PeerKey,
    message: ProtocolMessageOf<'check-request' | 'check-reply'>,
  ): void {
    if (!this.#isMeant(via, message)) return;
    if (message.kind === 'check-request') this.#handleRequest(now, via, message);
    else this.#handleReply(message);
  }

  // --- the own user checks -----------------------------------------------------------------------------------

  /** Asks what the other side sees. `ports`: from which this side tries it. */
  ask(peer: PeerKey, ports: readonly number[]): CheckQuestion {
    const { context, me, contacts, reachability, session, random } = this.#options;
    if (contacts.awaitsKeyDecision(peer)) return { type: 'no-path' };
    const route = reachability.currentRoute(peer);
    if (route.type === 'none') return { type: 'no-path' };
    if (contacts.find(peer)?.features.includes(checkFeature) !== true) return { type: 'does-not-say' };
    if (route.type === 'server' && contacts.find(peer)?.online !== true) return { type: 'no-path' };
    if (route.type === 'server' && !session.serverHas(checkFeature)) return { type: 'does-not-say' };
    const check = checkIdFromBytes(random(8));
    this.#asked.set(check, peer);
    forgetOldest(this.#asked, checksAskedMax);
    const via = route.type === 'direct' ? peer : route.server;
    context.send(
      via,
      { kind: 'check-request', from: me, to: peer, check, ports: [...ports] },
      'check-request',
    );
    return { type: 'asked', check };
  }

  #handleReply(message: ProtocolMessageOf<'check-reply'>): void {
    const { from, check, arrived } = message;
    if (this.#asked.get(check) !== from) return;
    this.#asked.delete(check);
    const attempts = message.attempts.flatMap(({ address, state }): OtherSideAttempt[] => {
      const known = toldStates.find((each) => each === state);
      return known === undefined || parseAddress(address) === undefined ? [] : [{ address, state: known }];
    });
    const firewall = firewallNames.find((name) => name === message.firewall) ?? null;
    const otherSide: OtherSide = { state: 'answered', attempts, arrived, firewall };
    this.#options.context.emit({ type: 'check-news', news: { type: 'told', check, otherSide } });
  }

  /** PROTOCOL 6.113: `from` could not use a question. It does not say which one. */
  handleError(from: PeerKey, code: string): void {
    const { context, session } = this.#options;
    const state = code === 'unknown-kind' ? 'does-not-say' : 'silent';
    for (const [check, peer] of [...this.#asked]) {
      if (peer !== from && from !== session.serverKey) continue;
      this.#asked.delete(check);
      context.emit({ type: 'check-news', news: { type: 'told', check, otherSide: untoldSide(state) } });
    }
  }

  // --- the other user checks ---------------------------------------------------------------------------------

  /** PROTOCOL 6.112: a question that is not answered looks like one that is lost. */
  #handleRequest(now: Moment, via: PeerKey, message: ProtocolMessageOf<'check-request'>): void {
    const { context, contacts, blocks, session } = this.#options;
    const { from, check, ports } = message;
    if (session.isAway) return;
    const contact = contacts.find(from);
    if (blocks.has(from) || contact === undefined || contacts.awaitsKeyDecision(from)) return;
    if (contact.nickname === null) return;
    const share = this.#isKnown(from) ? 'known' : 'unknown';
    if (this.#inAll.freeAtMs(now.monotonicMs, share) !== undefined) return;
    if (this.#perKey.take(now.monotonicMs, from) !== undefined) return;
    this.#inAll.take(now.monotonicMs, share);
    this.#questions.delete(from);
    this.#questions.set(from, { check, via });
    forgetOldest(this.#questions, checkQuestionsMax);
    context.emit({ type: 'check-news', news: { type: 'asked', peer: from, check, ports } });
  }

  /** The addresses of an asker that this client tries. Null where it must not. */
  placeOfAsker(peer: PeerKey): PeerPlace | null {
    const { reachability, session, interfaces } = this.#options;
    const place = reachability.placeOf(peer);
    if (place === null || !this.#questions.has(peer)) return null;
    return {
      ...place,
      ...withoutUntoldNetworks(place, session.toldCandidates(), interfaces(), session.isServerOnLoopback),
    };
  }

  answer(peer: PeerKey, check: CheckId, { attempts, arrived, firewall }: CheckAnswer): void {
    const { context, me, blocks, session } = this.#options;
    const question = this.#questions.get(peer);
    if (question?.check !== check) return;
    this.#questions.delete(peer);
    if (session.isAway || blocks.has(peer)) return;
    const name: FirewallName | null = this.#isKnown(peer) ? firewall : null;
    context.send(
      question.via,
      {
        kind: 'check-reply',
        from: me,
        to: peer,
        check,
        attempts: attempts.map(({ address, state }) => ({ address, state })),
        arrived,
        ...(name === null ? {} : { firewall: name }),
      },
      'check-reply',
    );
  }

  /** The user has gone away. */
  forgetAll(): void {
    this.#asked.clear();
    this.#questions.clear();
  }

  #isKnown(peer: PeerKey): boolean {
    return this.#options.contacts.find(peer)?.acceptance === 'allowed';
  }

  #isMeant(via: PeerKey, { from, to }: { readonly from: PeerKey; readonly to: PeerKey }): boolean {
    const { me, session } = this.#options;
    return to === me && from !== me && (via === from || via === session.serverKey);
  }
}

function forgetOldest<Key>(entries: Map<Key, unknown>, most: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
