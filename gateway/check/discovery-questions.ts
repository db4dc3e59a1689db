import { formatAddress, type Address } from '../../shared/address.ts';
import type { CheckAttempt, CheckChannel } from '../../shared/check/connection-check.ts';
import {
  decodeDiscovery,
  discoveryGroups,
  discoveryPort,
  encodeQuery,
  nonceBytes,
  type Beacon,
} from '../../shared/discovery/datagrams.ts';
import { toHex, type PeerKey } from '../../shared/ids.ts';
import { isOnLink, linkTo, type Link } from '../discovery/links.ts';

/** A chat that answers a question of discovery, with the host that answered. */
export interface FoundChat {
  readonly address: Address;
  readonly key: PeerKey;
}

export interface DiscoveryQuestionsOptions {
  readonly links: readonly Link[];
  /** The hosts that are asked alone. */
  readonly hosts: readonly string[];
  readonly random: (byteCount: number) => Uint8Array;
  /** Checks the signature of a server by its peer key. */
  readonly verify: (key: PeerKey, signed: Uint8Array, signature: Uint8Array) => boolean;
}

/** A datagram of the question with this number. */
export interface QuestionDatagram {
  readonly question: number;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

interface Question {
  readonly channel: Extract<CheckChannel, 'search' | 'multicast' | 'broadcast'>;
  readonly link: Link;
  readonly to: Address;
  readonly nonce: string;
  sent: number;
  askedAtMs: number;
  afterMs: number | null;
}

/** Machines, bridges and networks of virtual machines have many interfaces. */
const linksMax = 4;
const roundsMax = 2;
const roundIntervalMs = 1_000;
/** A server waits up to half a second before it answers a question to all (PROTOCOL 11.6), and the network needs its own time. */
const waitMsMax = 3_000;
const checksMax = 64;
const chatsMax = 64;

/**
 * Asks by each channel of discovery, twice, and tells which of them works (docs/protocol/discovery.md). Each question needs a socket of
 * its own, because a server answers only the newest question from a port (PROTOCOL 11.26). Sans-I/O.
 */
export class DiscoveryQuestions {
  readonly #options: DiscoveryQuestionsOptions;
  readonly #questions: Question[];
  readonly #chats = new Map<string, FoundChat>();
  #startMs = 0;
  #rounds = 0;
  #checks = 0;
  #isOver = false;
  #output: QuestionDatagram[] = [];

  constructor(options: DiscoveryQuestionsOptions) {
    this.#options = options;
    const links = options.links.filter(({ network }) => network === 'lan').slice(0, linksMax);
    const toAll = links.flatMap((link) => this.#questionsToAll(link));
    const alone = options.hosts.flatMap((host) => {
      const link = linkTo(options.links, host);
      return link === undefined ? [] : [this.#question('search', link, host)];
    });
    this.#questions = [...alone, ...toAll];
  }

  /** The link that each question leaves by. */
  get links(): readonly Link[] {
    return this.#questions.map(({ link }) => link);
  }

  get isOver(): boolean {
    return this.#isOver || this.#questions.length === 0;
  }

  chats(): FoundChat[] {
    return [...this.#chats.values()];
  }

  attempts(): CheckAttempt[] {
    return this.#questions.map(({ channel, link, to, sent, afterMs }) => {
      const silence = this.isOver ? 'nothing' : 'waiting';
      return {
        address: formatAddress(to),
        channel,
        via: channel === 'search' ? null : link.host,
        sent,
        state: afterMs === null ? silence : 'answered',
        afterMs,
      };
    });
  }

  start(nowMs: number): void {
    this.#startMs = nowMs;
    this.handleTimeout(nowMs);
  }

  handleTimeout(nowMs: number): void {
    if (nowMs - this.#startMs >= waitMsMax) this.#isOver = true;
    if (this.isOver || this.#rounds >= roundsMax) return;
    if (nowMs - this.#startMs < this.#rounds * roundIntervalMs) return;
    this.#rounds++;
    for (const [number, question] of this.#questions.entries()) {
      if (question.afterMs !== null) continue;
      if (question.sent === 0) question.askedAtMs = nowMs;
      question.sent++;
      const bytes = encodeQuery({ type: 'query', nonce: question.nonce });
      this.#output.push({ question: number, to: question.to, bytes });
    }
  }

  handleDatagram(nowMs: number, number: number, from: Address, bytes: Uint8Array): void {
    const decoded = decodeDiscovery(bytes);
    if (this.#isOver || decoded.type !== 'answer' || decoded.answer.type !== 'beacon') return;
    const { answer, signed, signature } = decoded;
    const question = this.#questions[number];
    if (question?.nonce !== answer.nonce || !isOnLink(question.link, from.host)) return;
    if (question.channel === 'search' && question.to.host !== from.host) return;
    // This machine hears itself on every network.
    if (question.channel !== 'search' && this.#isOwn(from.host)) return;
    if (this.#checks++ >= checksMax || !this.#options.verify(answer.key, signed, signature)) return;
    question.afterMs ??= Math.round(nowMs - question.askedAtMs);
    this.#note(from.host, answer);
  }

  pollTransmit(): QuestionDatagram | undefined {
    return this.#output.shift();
  }

  pollTimeout(): number | undefined {
    if (this.isOver) return undefined;
    const isAsking = this.#rounds < roundsMax;
    return this.#startMs + (isAsking ? this.#rounds * roundIntervalMs : waitMsMax);
  }

  #note(host: string, { key, port }: Beacon): void {
    const address = { host, port };
    const name = `${key} ${formatAddress(address)}`;
    if (this.#chats.size < chatsMax) this.#chats.set(name, { address, key });
  }

  #isOwn(host: string): boolean {
    return this.#options.links.some(
      (link) => link.host === host || link.subnets.some((own) => own.host === host),
    );
  }

  #questionsToAll(link: Link): Question[] {
    const [, zone = ''] = link.host.split('%');
    if (link.family === 6) return [this.#question('multicast', link, `${discoveryGroups.ipv6}%${zone}`)];
    const multicast = this.#question('multicast', link, discoveryGroups.ipv4);
    return link.broadcast === null
      ? [multicast]
      : [multicast, this.#question('broadcast', link, link.broadcast)];
  }

  #question(channel: Question['channel'], link: Link, host: string): Question {
    const nonce = toHex(this.#options.random(nonceBytes));
    return { channel, link, to: { host, port: discoveryPort }, nonce, sent: 0, askedAtMs: 0, afterMs: null };
  }
}
