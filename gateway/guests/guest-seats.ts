import fs from 'node:fs';
import path from 'node:path';
import { formatServer } from '../../shared/join-address-text.ts';
import { parseJoinCode } from '../../shared/join-code.ts';
import { readServer } from '../../shared/typed-address.ts';
import { Control } from '../control/control.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { guestRootPattern } from '../data-dir/guest-record.ts';
import { finishWipe } from '../data-dir/wipe.ts';
import { guestWriteRate } from '../../shared/limits.ts';
import { TokenBucket } from '../transport/fair-rate.ts';
import { GuestApi, type GuestJoin } from './guest-api.ts';
import { GuestRuntime, noBrowserAccess, type GuestRoleOptions } from './guest-runtime.ts';

export interface GuestSeatsOptions extends Omit<GuestRoleOptions, 'root'> {
  /** Each guest has a data root of its own below it. */
  readonly folder: string;
  /** The chat of the host, as it is now. */
  readonly join: () => GuestJoin;
  /** 16 hex digits, new at each start of the gateway. */
  readonly epoch: string;
  /** The guest with this key goes for good. */
  readonly onLeave: (key: string) => void;
  /** Whether the guest with this key is known when it comes back. Nothing is kept of another one. */
  readonly isKnown: (key: string) => boolean;
  /** The guest with this key has this nickname now. */
  readonly onJoin: (key: string, nickname: string) => void;
  /** The guest with this key is here, or is no longer. */
  readonly onPresence: (key: string, isHere: boolean) => void;
  readonly onFault: (error: unknown) => void;
  /** Of a clock that never jumps. */
  readonly nowMs: () => number;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
}

/** One page of a guest. */
export interface GuestSession {
  readonly api: GatewayApi;
  /** The page is gone. */
  end(): void;
}

/** A phone that is locked, or a page that is loaded again, is back within this time. Until then the guest stays online. */
const lingerMs = 30_000;
/** So long is waited for a server that could release the nickname of a guest who is not online. */
const releaseMs = 10_000;

/** The roles of the guests that are here, each with its own key, store and outbox. The pages of one guest share a role. */
export class GuestSeats {
  readonly #options: GuestSeatsOptions;
  readonly #seats = new Map<string, GuestSeat>();
  readonly #closing = new Map<string, Promise<boolean>>();
  /** The bytes that each known guest may still write: a page that comes and goes has no more than one that stays. */
  readonly #written = new Map<string, TokenBucket>();

  constructor(options: GuestSeatsOptions) {
    this.#options = options;
  }

  isHere(key: string): boolean {
    return this.#seats.has(key);
  }

  /** A page of the guest with this key (64 hex digits) has come. The role starts, and joins the chat again in which the guest was. */
  async sit(key: string): Promise<GuestSession> {
    // Another page or a `forget` that waited too may close it again.
    while (this.#closing.has(key)) await this.#closing.get(key);
    const seat = this.#seats.get(key) ?? this.#open(key);
    const end = seat.sit(() => {
      if (this.#seats.get(key) === seat) void this.#vacate(key, seat);
    });
    return { api: seat.api, end };
  }

  /**
   * The guest does not come back: releases the nickname at the server where that can be reached, and erases all that is kept. Returns whether
   * nothing is kept.
   */
  async forget(key: string): Promise<boolean> {
    while (this.#closing.has(key)) await this.#closing.get(key);
    const seat = this.#seats.get(key) ?? this.#open(key);
    const isErased = await this.#close(key, seat, () => seat.forget());
    if (isErased) this.#written.delete(key);
    return isErased;
  }

  /** Erases what earlier runs left of guests that are not `known`. */
  eraseOthers(known: ReadonlySet<string>): void {
    if (!fs.existsSync(this.#options.folder)) return;
    const names = fs.readdirSync(this.#options.folder, { withFileTypes: true });
    for (const entry of names)
      if (entry.isDirectory() && guestRootPattern.test(entry.name) && !known.has(entry.name))
        this.#erase(entry.name);
  }

  /** Every guest goes offline, also one that comes back just now. */
  async close(): Promise<void> {
    while (this.#seats.size > 0 || this.#closing.size > 0) {
      for (const [key, seat] of this.#seats) void this.#vacate(key, seat);
      await Promise.all(this.#closing.values());
    }
  }

  #open(key: string): GuestSeat {
    const root = this.#rootOf(key);
    finishWipe(root);
    const leave = (): void => this.#options.onLeave(key);
    const joined = (nickname: string): void => this.#options.onJoin(key, nickname);
    const written = this.#written.get(key) ?? new TokenBucket(guestWriteRate);
    this.#written.set(key, written);
    const seat = new GuestSeat({ ...this.#options, root, leave, joined, written });
    this.#seats.set(key, seat);
    this.#options.onPresence(key, true);
    return seat;
  }

  #vacate(key: string, seat: GuestSeat): Promise<boolean> {
    if (this.#options.isKnown(key)) return this.#close(key, seat, () => seat.close());
    this.#written.delete(key);
    return this.#close(key, seat, () => seat.forget());
  }

  /** Returns whether nothing failed. */
  #close(key: string, seat: GuestSeat, close: () => Promise<void>): Promise<boolean> {
    this.#seats.delete(key);
    const closing = close()
      .then(
        () => true,
        (error: unknown) => {
          this.#options.onFault(error);
          return false;
        },
      )
      .finally(() => this.#closing.delete(key));
    this.#closing.set(key, closing);
    this.#options.onPresence(key, false);
    return closing;
  }

  #rootOf(key: string): string {
    return path.join(this.#options.folder, key);
  }

  #erase(key: string): void {
    finishWipe(this.#rootOf(key));
    fs.rmSync(this.#rootOf(key), { recursive: true, force: true });
  }
}

type GuestSeatOptions = Omit<
  GuestSeatsOptions,
  'folder' | 'onLeave' | 'isKnown' | 'onJoin' | 'onPresence'
> & {
  readonly root: string;
  readonly leave: () => void;
  readonly joined: (nickname: string) => void;
  readonly written: TokenBucket;
};

/** The role of one guest, while pages are there and a little longer. */
class GuestSeat {
  readonly api: GuestApi;
  readonly #options: GuestSeatOptions;
  readonly #control: Control;
  readonly #joined: Promise<void>;
  #sessions = 0;
  #cancelLinger: (() => void) | undefined;
  #endWipe: (() => void) | undefined;

  constructor(options: GuestSeatOptions) {
    this.#options = options;
    const { join, leave, joined, written, nowMs, epoch, onFault } = options;
    this.#control = new Control({
      runtime: new GuestRuntime(options),
      bridge: () => noBrowserAccess,
      epoch,
      onFault,
      onWiped: (wipe) => (this.#endWipe = () => wipe.end()),
    });
    this.api = new GuestApi(this.#control, { join, leave, joined, written, nowMs });
    this.#joined = this.#joinAgain().catch(onFault);
  }

  /** Returns what ends this session. `onEmpty` is called some time after the last one has ended. */
  sit(onEmpty: () => void): () => void {
    this.#sessions += 1;
    this.#cancelLinger?.();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#sessions -= 1;
      if (this.#sessions === 0) this.#cancelLinger = this.#options.after(lingerMs, onEmpty);
    };
  }

  async close(): Promise<void> {
    this.#cancelLinger?.();
    await this.#joined;
    await this.#control.close();
  }

  async forget(): Promise<void> {
    this.#cancelLinger?.();
    await this.#joined;
    const nickname = this.#control.nickname();
    if (nickname === undefined) await this.#control.close();
    else {
      await this.#online();
      const answer = await this.#control.execute('forget', { type: 'wipe', nickname });
      if (answer.status === 'refused') throw new Error(`a guest was not erased: ${answer.sentence}`);
      this.#endWipe?.();
    }
    fs.rmSync(this.#options.root, { recursive: true, force: true });
  }

  /** The guest was in the chat before. */
  async #joinAgain(): Promise<void> {
    const nickname = this.#control.nickname();
    if (nickname === undefined) return;
    this.#options.joined(nickname);
    const { server: written, joinCode } = this.#options.join();
    const server = readServer(formatServer(written));
    if ('error' in server) throw new Error(`the chat of the host has no address: ${server.error}`);
    await this.#control.open({
      nickname,
      server,
      joinCode: joinCode === undefined ? undefined : parseJoinCode(joinCode),
      clientPort: 0,
      hosted: false,
      keepTrying: true,
    });
  }

  /** Resolves when the server has answered, or after some time. */
  #online(): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const isSettled = (): boolean => {
      const { phase } = this.#control.snapshot().snapshot.session;
      return phase === 'online' || phase === 'refused' || phase === 'none';
    };
    if (isSettled()) resolve(undefined);
    const subscription = this.#control.subscribe(() => {
      if (isSettled()) resolve(undefined);
    });
    const cancel = this.#options.after(releaseMs, () => resolve(undefined));
    return promise.finally(() => {
      cancel();
      subscription.unsubscribe();
    });
  }
}
