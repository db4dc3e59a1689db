import { untrack } from 'svelte';
import type { CommandType } from '../../../shared/bridge/commands.ts';
import { guestSocketPath } from '../../../shared/guests/paths.ts';
import type { App } from '../app/app.svelte.ts';
import type { Access, PageWay } from '../app/page-way.ts';
import { guestCommands } from '../bridge/checked-schemas.ts';
import type { SocketPorts } from '../bridge/socket.ts';
import { reloadHelped, reloadOnce } from '../browser/reload.ts';
import { ForgivingStorage, MemoryStorage, openStorage } from '../browser/storage.ts';
import { guestTexts } from '../i18n/guest-texts.ts';
import type { GuestActions } from '../model/app-view.ts';
import type { FormProblem } from '../model/form-problem.ts';
import { GuestKeyring } from './guest-keyring.ts';
import { GuestLine, type LineHandlers, type LineSocket } from './guest-line.ts';
import { GuestPlaces } from './guest-places.svelte.ts';
import { GuestVisit, type GuestScreen } from './guest-visit.ts';
import { phoneOf } from './wifi-system.ts';

/** What a guest is told once. */
export type GuestHint = 'nothing-kept' | 'wifi';

/** The composition root of a guest's page: joins the visit, the line and the browser, and gives the app its way to the gateway. */
export class GuestPage implements PageWay, GuestActions {
  /** In the memory of this tab: no message and no name stays in the browser of a guest. */
  readonly storage = new ForgivingStorage(new MemoryStorage());
  readonly places = new GuestPlaces();
  readonly browserId = null;
  readonly may = (command: CommandType): boolean => guestCommands.includes(command);
  readonly comesBack = (): boolean => this.visit.comesBack;
  readonly access: Access = {
    enter: () => Promise.resolve(),
    useCode: () => Promise.resolve('unreachable'),
    causeOfRefusal: () => Promise.resolve(undefined),
    causeWithoutAccess: () => Promise.resolve(undefined),
    reloadOnce,
    fits: reloadHelped,
  };
  #app = $state.raw<App | null>(null);
  #problem = $state.raw<FormProblem | null>(null);
  #hints = $state.raw<readonly GuestHint[]>([]);
  #nickname = $state('');
  /** The guest has pressed the button, and the first conversation opens by itself. */
  #isArriving = false;
  /** What the guest types before its box is there. */
  #typed = $state('');
  readonly #kept = openStorage();
  readonly visit: GuestVisit = new GuestVisit({
    keyring: new GuestKeyring(this.#kept, randomBytes),
    fragment: location.hash,
    connect: () => void this.#connect(),
    disconnect: () => this.#line.hangUp(),
    dropLink: () => this.places.dropHash(),
    changed: (screen) => this.#follow(screen),
    after,
  });
  #screen = $state.raw<GuestScreen>(this.visit.screen);
  readonly #line = new GuestLine({ random: randomBytes, open: openSocket, after }, this.visit);
  readonly ports: SocketPorts = {
    prover: null,
    open: (handlers) => this.#line.open(handlers),
    nowMs: () => Date.now(),
    after,
  };
  readonly guest = this;
  readonly banner = guestTexts.banner;
  readonly inTab = guestTexts.inTab;

  get screen(): GuestScreen {
    return this.#screen;
  }

  /** Null until the guest has chosen to come. */
  get app(): App | null {
    return this.#app;
  }

  /** Messages that only this page has. */
  get hasUnsent(): boolean {
    return (this.#app?.pending.length ?? 0) > 0;
  }

  /** After a reload, this is another guest. The keyring has stored the key by now. */
  get keepsNothing(): boolean {
    return !this.#kept.survivesReload;
  }

  /** They come one after the other: a phone has little room. */
  get hint(): GuestHint | undefined {
    return this.#hints[0];
  }

  /** The nickname that the guest has typed last; empty if this page has not asked. */
  get nickname(): string {
    return this.#nickname;
  }

  /** Why the chat has not taken the guest. */
  get problem(): FormProblem | null {
    return this.#problem;
  }

  leaveForGood(): Promise<void> {
    return Promise.resolve();
  }

  /** Begins with what the browser knows. */
  start(): void {
    // Another code was scanned in this tab.
    window.addEventListener('hashchange', () => {
      if (location.hash !== '') location.reload();
    });
    window.addEventListener('online', () => {
      if (this.#screen.type === 'waiting') this.visit.askAgain();
    });
    // While the guest types, the app comes.
    window.addEventListener('input', () => void loadApp(), { once: true });
    if (this.#screen.type === 'coming') void this.#connect();
  }

  /** The guest is let in, and takes part under this nickname. */
  async join(name: string): Promise<void> {
    this.#problem = null;
    this.#nickname = name;
    // Only the gateway knows where its chat is, and joins that.
    const server = { address: 'guest' };
    const problem = (await this.#app?.join(name, { server, joinCode: undefined })) ?? null;
    // The gateway was joining the chat by itself.
    if (problem === null || problem.code === 'already-joined') this.visit.joined();
    if (problem?.code === 'already-joined') return;
    this.#problem = problem;
    if (problem !== null) return;
    this.#app?.openEveryone();
    this.#hints = [
      ...(this.keepsNothing ? (['nothing-kept'] as const) : []),
      ...(phoneOf(navigator) === null ? [] : (['wifi'] as const)),
    ];
  }

  come(name: string): void {
    this.#nickname = name;
    this.#isArriving = true;
    this.visit.come(name);
  }

  get isArriving(): boolean {
    return this.#isArriving && (this.#screen.type === 'coming' || this.#screen.type === 'in');
  }

  /** A letter comes before the message box is in the page. */
  type(letter: string): void {
    this.#typed += letter;
  }

  /** The draft of the conversation that has opened gets what was typed before. */
  handTypedOver(): void {
    const room = this.#app?.openRoom;
    if (room === undefined || this.#typed === '') return;
    const typed = untrack(() => this.#app?.draft(room.conversation) ?? '') + this.#typed;
    this.#typed = '';
    this.#app?.saveDraft(room.conversation, typed);
  }

  leave(): void {
    this.visit.leave(() => this.#app?.leave() ?? Promise.resolve());
  }

  endHint(): void {
    this.#hints = this.#hints.slice(1);
  }

  #follow(screen: GuestScreen): void {
    if (screen.type === 'over' && screen.end === 'left') this.storage.clearChats();
    this.#screen = screen;
  }

  async #connect(): Promise<void> {
    const { App } = await loadApp();
    if (this.#app !== null) {
      this.#app.reconnect();
      return;
    }
    this.#app = new App(this);
    await this.#app.start();
  }
}

/** The app is not in the first load: a guest types a nickname first. */
const loadApp = () => import('../app/app.svelte.ts');

function openSocket(handlers: LineHandlers): LineSocket {
  const socket = new WebSocket(
    `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${guestSocketPath}`,
  );
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => handlers.opened());
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
    handlers.received(data instanceof ArrayBuffer ? new Uint8Array(data) : null),
  );
  // `close` always follows an `error`.
  socket.addEventListener('close', ({ code }) => handlers.closed(code));
  return {
    send: (message) => socket.send(Uint8Array.from(message)),
    close: (code, reason) => socket.close(code, reason),
  };
}

/** A page without a secure context has this, too. */
function randomBytes(byteCount: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(byteCount));
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
