import type { SessionEnd } from '../../../shared/guests/ends.ts';
import { parseGuestLink, type GuestLink } from '../../../shared/guests/link.ts';
import type { GuestIdentity, GuestKeyring } from './guest-keyring.ts';
import type { LineListener } from './guest-line.ts';

/** Why the guest is not in, and nothing goes on by itself. */
export type GuestEnd = SessionEnd | 'link-damaged' | 'link-newer';

/** What the page of a guest shows. */
export type GuestScreen =
  /** Asks for the nickname. `isForgotten`: the gateway knew the guest before. */
  | { readonly type: 'name'; readonly isForgotten: boolean }
  | { readonly type: 'coming' }
  /** The host is asked, and sees the four words of this hash. */
  | { readonly type: 'waiting'; readonly handshakeHash: Uint8Array }
  | { readonly type: 'in' }
  /** The guest leaves for good, and the gateway does not know it yet. */
  | { readonly type: 'leaving' }
  /** `isTrying`: the page asks the gateway again now. `triesAgain`: it does so from time to time. */
  | {
      readonly type: 'over';
      readonly end: GuestEnd;
      readonly isTrying: boolean;
      readonly triesAgain: boolean;
    };

export interface VisitPorts {
  readonly keyring: GuestKeyring;
  /** The fragment of the address, empty without a link. */
  readonly fragment: string;
  /** Connects now, unless a connection is there. */
  connect(): void;
  /** Ends the connection. */
  disconnect(): void;
  /** The link has served, and leaves the address bar. */
  dropLink(): void;
  changed(screen: GuestScreen): void;
  /** Calls back once after `delayMs`. The returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** A gateway that does not ask its host lets a guest in within this time. The words would only flash up. */
const admissionMs = 600;
const againMs = 20_000;

/** The host or a limit decided, and may decide otherwise later. The guest needs to do nothing for it. */
const passing: ReadonlySet<GuestEnd> = new Set(['switched-off', 'chat-closed', 'full', 'busy']);
/** So many tabs are not the guest's intention. The oldest one must not come back and push out the next. */
const ofTabs: GuestEnd = 'busy';
/** The gateway does not keep this guest. */
const forgetting: ReadonlySet<GuestEnd> = new Set(['removed', 'not-let-in', 'barred', 'left']);

/** A name for the handshake of a guest that the gateway knows by another one. The page keeps no nickname. */
const nameOfKnown = 'guest';

/** The visit of a guest, from the link to the end: what the page shows, and who the guest is. */
export class GuestVisit implements LineListener {
  readonly #ports: VisitPorts;
  #link: GuestLink | null = null;
  #identity: GuestIdentity;
  #name: string | null = null;
  #screen: GuestScreen;
  #isLeaving = false;
  #cancel: (() => void) | undefined;

  constructor(ports: VisitPorts) {
    this.#ports = ports;
    const link = linkIn(ports.fragment);
    this.#link = typeof link === 'string' ? null : link;
    this.#identity = ports.keyring.identityAt(this.#link?.gatewayKeyHash ?? null);
    this.#screen = typeof link === 'string' ? over(link) : this.#beginning();
  }

  get screen(): GuestScreen {
    return this.#screen;
  }

  /** As typed; null if this page has not asked. */
  get name(): string | null {
    return this.#name;
  }

  /** Whether a page that sees its network again may connect without being asked. */
  get comesBack(): boolean {
    const { type } = this.#screen;
    return type === 'over' ? this.#screen.isTrying : type !== 'name';
  }

  /** The guest has typed a nickname that is possible. */
  come(name: string): void {
    this.#name = name;
    this.#show({ type: 'coming' });
    this.#ports.connect();
  }

  /** The guest asks again after an end. */
  tryAgain(): void {
    if (this.#screen.type !== 'over') return;
    if (this.#screen.end === 'left') this.#identity = this.#ports.keyring.newIdentity();
    if (this.#name === null && !this.#identity.isKnown) this.#show({ type: 'name', isForgotten: false });
    else {
      this.#show({ ...this.#screen, isTrying: true });
      this.#ports.connect();
    }
  }

  /** The guest comes as a new person without the link: it is damaged, or another host is at this address now. */
  beginWithoutLink(): void {
    this.#link = null;
    this.#ports.dropLink();
    this.#identity = this.#ports.keyring.newIdentity();
    this.#show({ type: 'name', isForgotten: false });
  }

  /** The host shall see new words, because nothing came of the earlier ones. */
  askAgain(): void {
    this.#ports.disconnect();
    this.#show({ type: 'coming' });
    this.#ports.connect();
  }

  /** The guest leaves for good. `tell` gives the gateway the command, and resolves with its answer. */
  leave(tell: () => Promise<unknown>): void {
    this.#isLeaving = true;
    this.#show({ type: 'leaving' });
    void tell().then(() => this.#left());
  }

  /** The guest has a nickname in the chat. Until then the gateway forgets a page that goes, which needs its link again. */
  joined(): void {
    this.#keep({ ...this.#identity, isKnown: true });
    this.#endLink();
  }

  // --- for the line --------------------------------------------------------------------------------------------

  caller(): ReturnType<LineListener['caller']> {
    const { keys, gatewayKeyHash } = this.#identity;
    return {
      keys,
      request: { want: 'chat', name: this.#name ?? nameOfKnown },
      // A known guest needs no link, and an earlier link does no harm.
      entrance:
        this.#link === null || this.#identity.isKnown
          ? { type: 'address', ...(gatewayKeyHash === null ? {} : { gatewayKeyHash }) }
          : { type: 'link', link: this.#link },
    };
  }

  answered(handshakeHash: Uint8Array): void {
    this.#later(admissionMs, () => {
      if (this.#isLeaving) this.#left();
      else if (this.#name === null) this.#askName();
      else this.#show({ type: 'waiting', handshakeHash });
    });
  }

  admitted(gatewayKeyHash: Uint8Array): void {
    this.#keep({ ...this.#identity, gatewayKeyHash });
    if (this.#identity.isKnown) this.#endLink();
    this.#show(this.#isLeaving ? { type: 'leaving' } : { type: 'in' });
  }

  ended(reason: SessionEnd): void {
    if (this.#isLeaving && forgetting.has(reason)) {
      this.#left();
      return;
    }
    if (forgetting.has(reason)) this.#keep({ ...this.#identity, isKnown: false });
    const triesAgain = passing.has(reason) && !(reason === ofTabs && this.#screen.type === 'in');
    this.#show({ type: 'over', end: reason, isTrying: false, triesAgain });
    if (triesAgain) this.#later(againMs, () => this.tryAgain());
  }

  lost(): void {
    if (this.#screen.type === 'waiting' || this.#screen.type === 'coming') this.#show({ type: 'coming' });
  }

  // --- ---------------------------------------------------------------------------------------------------------

  #beginning(): GuestScreen {
    return this.#identity.isKnown ? { type: 'coming' } : { type: 'name', isForgotten: false };
  }

  /** The gateway does not know this guest any longer. */
  #askName(): void {
    this.#ports.disconnect();
    this.#keep({ ...this.#identity, isKnown: false });
    this.#show({ type: 'name', isForgotten: true });
  }

  #left(): void {
    this.#isLeaving = false;
    this.#ports.disconnect();
    this.#ports.keyring.forget(this.#identity);
    this.#identity = { ...this.#identity, isKnown: false };
    this.#name = null;
    this.#show(over('left'));
  }

  /** The key is enough from now on. A person who sees the address bar does not get the link. */
  #endLink(): void {
    this.#link = null;
    this.#ports.dropLink();
  }

  #keep(identity: GuestIdentity): void {
    this.#identity = identity;
    this.#ports.keyring.keep(identity);
  }

  #later(delayMs: number, act: () => void): void {
    this.#cancel?.();
    this.#cancel = this.#ports.after(delayMs, act);
  }

  #show(screen: GuestScreen): void {
    this.#cancel?.();
    this.#screen = screen;
    this.#ports.changed(screen);
  }
}

function over(end: GuestEnd): GuestScreen {
  return { type: 'over', end, isTrying: false, triesAgain: false };
}

function linkIn(fragment: string): GuestLink | null | 'link-damaged' | 'link-newer' {
  if (fragment.replace(/^#/u, '') === '') return null;
  const link = parseGuestLink(fragment);
  if (link === 'malformed') return 'link-damaged';
  return link === 'version-unknown' ? 'link-newer' : link;
}
