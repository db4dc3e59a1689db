import type { ErrorCode } from '../../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { Quotas } from '../../../shared/quotas.ts';
import type { NamesResult } from '../../../shared/bridge/administration.ts';
import type { Person, Profile } from '../../../shared/bridge/schema.ts';
import type { SafetyNumber } from '../../../shared/bridge/commands.ts';
import type { Statistics } from '../../../shared/bridge/statistics.ts';
import type { ChatState } from './chat.ts';
import type { FormProblem } from './first-screen.ts';
import type { GatewayStatus } from './gateway-status.ts';
import type { Toast } from './toasts.ts';
import type { PendingMessage } from './pending.ts';

/** All that components see of the program: what is so, and what a person can do. Reading it is reactive. */
export interface AppView {
  readonly chat: ChatState;
  readonly gateway: GatewayStatus;
  readonly pending: readonly PendingMessage[];
  /** Wall clock of the browser, changing about once a second while the page is visible. */
  readonly nowMs: number;
  /** IANA name of the reader's time zone. */
  readonly timeZone: string;
  /** The person whose conversation the address names; undefined on the list of people. */
  readonly openContact: Person | undefined;
  /** The name in the address when nobody in this chat has it; null otherwise. */
  readonly unknownName: string | null;
  /** Page visible and window focused: what is on the screen is being read. */
  readonly attentive: boolean;

  /** True from `host` or `join` until its answer: meanwhile the session may pass through any phase. */
  readonly entering: boolean;
  host(nickname: string): Promise<FormProblem | null>;
  /** `acceptServerKey`: the key, told by an earlier refusal, that this server may have. */
  join(nickname: string, server: string, acceptServerKey?: PeerKey): Promise<FormProblem | null>;
  leave(): void;
  goOffline(): void;
  /** Comes back after `goOffline`, or tries the server again at once. */
  goOnline(): void;
  /** Tries the gateway again at once. */
  reconnect(): void;

  send(peer: PeerKey, text: string): void;
  retry(message: MessageId): void;
  discard(message: MessageId): void;
  /** What the person reads right now, null when nothing: counts as read, here and in every other tab. */
  reading(peer: PeerKey | null): void;
  readonly readingPeer: PeerKey | null;
  loadOlder(peer: PeerKey): Promise<void>;
  /** Whether others are told when the person here has read their messages. */
  setReadReceipts(on: boolean): void;
  /** Whether others may know when the person here was online last. */
  setLastSeen(on: boolean): void;

  /** What the transport counts right now; undefined when it is nobody's (the chat was left). */
  statistics(peer: PeerKey): Promise<Statistics | undefined>;
  /** Stop-and-wait with this person, or not; resolves when the gateway has answered. */
  setClassic(peer: PeerKey, classic: boolean): Promise<void>;
  /** The digits that both compare; undefined while the gateway does not answer so. */
  safetyNumber(peer: PeerKey): Promise<SafetyNumber | undefined>;
  /** The person here has compared them, and they are the same; or takes that back. */
  setVerified(peer: PeerKey, verified: boolean): void;
  /** `key` is who `peer` was, or is not. */
  acceptKey(peer: PeerKey, key: PeerKey): void;
  refuseKey(peer: PeerKey, key: PeerKey): void;
  acceptServerKey(key: PeerKey): void;

  /** The server in this gateway: names that contain `part`; undefined when there is none. */
  hostNames(part: string): Promise<NamesResult | undefined>;
  /** Null when the name is free; else why it is not. */
  releaseName(nickname: string): Promise<ErrorCode | null>;
  hostQuotas(): Promise<Quotas | undefined>;
  /** Null when they hold; else why they do not. */
  setHostQuotas(quotas: Quotas): Promise<ErrorCode | null>;

  draft(peer: PeerKey): string;
  saveDraft(peer: PeerKey, text: string): void;

  dismiss(toast: Toast): void;
  /** Goes to a path of this app without loading the page. */
  go(path: string): void;
}

/** What makes a profile one button: who, where, and whether the server was here. */
export function profileKey(profile: Profile): string {
  return `${profile.nickname} ${profile.server} ${profile.hosted}`;
}
