import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Guests } from '../../shared/bridge/guests.ts';
import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { gatewayKeyHash } from '../../shared/guests/handshake-format.ts';
import { formatGuestLink } from '../../shared/guests/link.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { GuestCommand, Runtime } from '../control/ports.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { guestBlake2b } from '../crypto/guest-crypto.ts';
import { StoreError } from '../store/errors.ts';
import type { KeyPair } from '../transport/ports.ts';
import type { GuestJoin } from './guest-api.ts';
import type { DeskRecord, GuestRecord } from '../data-dir/guest-record.ts';
import { GuestDesk } from './guest-desk.ts';
import { GuestDoor, type GuestSocket } from './guest-door.ts';
import { fileGuestStore, type GuestStore } from './guest-store.ts';
import { GuestSeats } from './guest-seats.ts';

/** The port for guests, while it is open. */
export interface GuestPort {
  readonly port: number;
  /** `http://192.168.1.7:5080`, in the order in which a phone would best try them. */
  origins(): readonly string[];
  close(): Promise<void>;
}

/** The chat into which these guests come. */
export interface ChatOfGuests {
  /** Below the folder of the chat. */
  readonly folder: string;
  /** Where the guests join. */
  readonly join: () => GuestJoin;
  /** Starts the client of a guest below this data root. */
  readonly startClient: (root: string) => Runtime['startClient'];
  /** No guest is here now, and none can come. */
  readonly onEmpty: () => Promise<void>;
}

export interface GuestSurroundings extends Pick<Runtime, 'resolveAddress' | 'lab' | 'isOwnHost'> {
  /** Opens the port for guests. `port`: the one at which they know this chat, or null. */
  readonly listen: (
    port: number | null,
    onSocket: (socket: GuestSocket, host: string) => void,
  ) => Promise<GuestPort | { readonly error: ErrorCode }>;
  readonly random: (byteCount: number) => Uint8Array;
  readonly now: () => Moment;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
  /** 16 hex digits, new at each start of the gateway. */
  readonly epoch: string;
  /** What `view` returns has changed. */
  readonly onChange: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Pages that vanished are found, and a port that could not be opened is tried again. */
const roundMs = 20_000;
const lookMs = 60 * 60_000;
/** A flood of visitors changes what the host sees no more often. */
const changeMs = 250;
const keyBytes = 32;

/** The guests of one chat: who may come, the port at which they come, and the role of each. */
export class ChatGuests {
  readonly #chat: ChatOfGuests;
  readonly #around: GuestSurroundings;
  readonly #desk: GuestDesk;
  readonly #seats: GuestSeats;
  readonly #door: GuestDoor;
  readonly #keys: KeyPair;
  /** Since when each guest is here. */
  readonly #here = new Map<string, number>();
  readonly #forgetting = new Set<Promise<void>>();
  #port: GuestPort | null = null;
  #fault: ErrorCode | null = null;
  /** One change of the port runs at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #cancelRound: () => void;
  #cancelChange: (() => void) | undefined;
  #lookedAtMs: number;
  #isClosed = false;
  #isFullDiskTold = false;

  /** Throws StoreError when the record of the guests cannot be read. */
  constructor(chat: ChatOfGuests, around: GuestSurroundings) {
    this.#chat = chat;
    this.#around = around;
    const { random, now, after, epoch, resolveAddress, lab } = around;
    const onFault = (error: unknown): void => this.#tellFault(error);
    this.#desk = new GuestDesk({
      store: this.#store(),
      randomHex: (byteCount) => toHex(random(byteCount)),
      isOwnHost: around.isOwnHost,
      onAdmitted: ({ key }) => this.#door.admitted(key),
      onEnded: (key, why) => this.#door.ended(key, why),
      onForgotten: (key) => this.#forget(key),
      onChange: () => this.#changed(),
    });
    this.#keys = keyPairOf(fromHex(this.#desk.privateKey));
    this.#seats = new GuestSeats({
      folder: chat.folder,
      startClient: chat.startClient,
      resolveAddress,
      lab,
      join: chat.join,
      epoch,
      onLeave: (key) => this.#desk.leave(key),
      isKnown: (key) => this.#desk.isKnown(key),
      onJoin: (key, nickname) => this.#guarded(() => this.#desk.joined(key, nickname)),
      onPresence: (key, isHere) => this.#presence(key, isHere),
      onFault,
      nowMs: () => now().monotonicMs,
      after,
    });
    this.#door = new GuestDoor({
      desk: this.#desk,
      seats: this.#seats,
      staticKeys: this.#keys,
      ephemeralKeys: () => keyPairOf(random(keyBytes)),
      wordList: wordlist,
      now,
      onFault,
      after,
    });
    this.#lookedAtMs = now().monotonicMs;
    this.#cancelRound = after(roundMs, () => this.#round());
  }

  /** Goes on where the last run ended. `switchOn`: guests may come, whatever was chosen before. Throws StoreError. */
  begin(switchOn: boolean): void {
    if (switchOn) this.#desk.switchOn();
    const { isOn, guests } = this.#desk.list();
    this.#seats.eraseOthers(new Set([...guests.map(({ key }) => key), ...this.#desk.leaving]));
    this.#look();
    for (const key of this.#desk.leaving) this.#forget(key);
    if (isOn) void this.#inTurn(() => this.#open()).catch((error: unknown) => this.#tellFault(error));
  }

  view(): Guests {
    const { isOn, limit, asks, guests, choosing, waiting } = this.#desk.list();
    const origins = this.#port?.origins() ?? [];
    return {
      isOn,
      link: this.#link(origins[0]),
      origins: [...origins],
      limit,
      asks,
      fault: this.#fault,
      guests: [
        ...guests.map((guest) => this.#row(guest, this.#here.has(guest.key) ? 'here' : 'away')),
        // The nickname that it typed can be that of another user.
        ...choosing.map((guest) => this.#row({ ...guest, name: '' }, 'choosing')),
      ],
      waiting: waiting.map(({ hasSecret, ...visitor }) => ({ ...visitor, hasLink: hasSecret })),
    };
  }

  #row({ key, number, name, lastSeenMs }: GuestRecord, state: Guests['guests'][number]['state']) {
    return {
      number,
      name,
      state,
      host: this.#door.hostOf(key),
      sinceMs: this.#here.get(key) ?? lastSeenMs,
    };
  }

  /** Throws StoreError. */
  async execute(command: GuestCommand): Promise<CommandResult> {
    try {
      return await this.#execute(command);
    } finally {
      this.#tellChange();
    }
  }

  /**
   * The chat closes: every page ends, and every role goes offline. `forGood`: the guests are forgotten, and their nicknames are free where the
   * server answers.
   */
  async close({ forGood }: { readonly forGood: boolean }): Promise<void> {
    this.#isClosed = true;
    this.#cancelRound();
    this.#cancelChange?.();
    const keys = forGood ? this.#desk.list().guests.map(({ key }) => key) : [];
    this.#door.close();
    await this.#inTurn(() => this.#closePort());
    for (const key of keys) this.#forget(key);
    await Promise.all(this.#forgetting);
    await this.#seats.close();
    await this.#chat.onEmpty();
  }

  async #execute(command: GuestCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'take-guests':
        return this.#inTurn(() => (command.on ? this.#switchOn() : this.#switchOff()));
      case 'new-guest-link':
        if (this.#desk.secret === null) return refused('guests-off');
        this.#desk.newLink();
        return done;
      case 'limit-guests':
        this.#desk.setLimit(command.limit);
        return done;
      case 'ask-for-guests':
        this.#desk.setAsks(command.asks);
        return done;
      case 'admit-guest': {
        const waits = this.#desk.list().waiting.some(({ number }) => number === command.number);
        if (!waits) return refused('unknown-guest');
        return this.#desk.admit(this.#around.now(), command.number) ? done : refused('guest-places-taken');
      }
      case 'remove-guest':
        return this.#desk.remove(command.number) ? done : refused('unknown-guest');
      case 'bar-guest':
        return this.#desk.bar(command.number) ? done : refused('unknown-guest');
      default:
        return command satisfies never;
    }
  }

  async #switchOn(): Promise<CommandResult> {
    try {
      const fault = await this.#open();
      if (fault !== null) return refused(fault);
      this.#desk.switchOn();
    } catch (error) {
      await this.#closePort();
      throw error;
    }
    return done;
  }

  async #switchOff(): Promise<CommandResult> {
    this.#desk.switchOff();
    this.#fault = null;
    await this.#closePort();
    await this.#seats.close();
    await this.#chat.onEmpty();
    return done;
  }

  /** Returns why no guest can come. */
  async #open(): Promise<ErrorCode | null> {
    if (this.#port !== null || this.#isClosed) return null;
    const opened = await this.#around.listen(this.#desk.port, (socket, host) =>
      this.#door.accept(socket, host),
    );
    if ('error' in opened) {
      // Only guests that may come miss the port.
      this.#fault = this.#desk.secret === null ? null : opened.error;
      this.#changed();
      return opened.error;
    }
    this.#port = opened;
    this.#fault = null;
    this.#desk.keepPort(opened.port);
    this.#changed();
    return null;
  }

  async #closePort(): Promise<void> {
    const port = this.#port;
    this.#port = null;
    await port?.close();
  }

  #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** A guest that cannot be erased now is erased by the next run. */
  #forget(key: string): void {
    const forgetting = this.#seats
      .forget(key)
      .then((isErased) => {
        if (isErased) this.#desk.erased(key);
      })
      .catch((error: unknown) => this.#tellFault(error))
      .finally(() => this.#forgetting.delete(forgetting));
    this.#forgetting.add(forgetting);
  }

  #presence(key: string, isHere: boolean): void {
    const now = this.#around.now();
    if (isHere) this.#here.set(key, now.wallMs);
    else this.#here.delete(key);
    if (!isHere) this.#guarded(() => this.#desk.away(now, key));
    this.#changed();
  }

  #round(): void {
    this.#cancelRound = this.#around.after(roundMs, () => this.#round());
    this.#door.ping();
    this.#guarded(() => this.#desk.keepChanges());
    if (this.#around.now().monotonicMs - this.#lookedAtMs >= lookMs) this.#guarded(() => this.#look());
    if (this.#desk.secret !== null && this.#port === null)
      void this.#inTurn(() => this.#open()).catch((error: unknown) => this.#tellFault(error));
    // Networks come and go, and the origins with them.
    this.#changed();
  }

  /** A chat that never had a guest has no record. */
  #look(): void {
    const now = this.#around.now();
    this.#lookedAtMs = now.monotonicMs;
    const { isOn, guests } = this.#desk.list();
    if (isOn || guests.length > 0) this.#desk.look(now, (key) => this.#seats.isHere(key));
  }

  #link(origin: string | undefined): string | null {
    const { secret } = this.#desk;
    if (secret === null || origin === undefined) return null;
    const keyHash = gatewayKeyHash(this.#keys.publicKey, guestBlake2b);
    return `${origin}/#${formatGuestLink({ secret: fromHex(secret), gatewayKeyHash: keyHash })}`;
  }

  /** A disk that refuses ends no page. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#tellFault(error);
    }
  }

  #store(): GuestStore {
    const store = fileGuestStore(this.#chat.folder);
    const save = (record: DeskRecord): void => {
      store.save(record);
      this.#isFullDiskTold = false;
    };
    return { load: () => store.load(), save };
  }

  /** A full disk refuses each visitor and each attempt. It is told once, until it has taken something. */
  #tellFault(error: unknown): void {
    if (error instanceof StoreError && error.retry) {
      if (this.#isFullDiskTold) return;
      this.#isFullDiskTold = true;
    }
    this.#around.onFault(error);
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.#cancelChange ??= this.#around.after(changeMs, () => this.#tellChange());
  }

  #tellChange(): void {
    this.#cancelChange?.();
    this.#cancelChange = undefined;
    if (!this.#isClosed) this.#around.onChange();
  }
}
