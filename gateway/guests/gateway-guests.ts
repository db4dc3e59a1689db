import type { Guests } from '../../shared/bridge/guests.ts';
import { refused, type CommandResult } from '../../shared/command-result.ts';
import type { GuestCommand, GuestHouse, RunningClient, RunningServer, Runtime } from '../control/ports.ts';
import { guestsFolder } from '../data-dir/guest-record.ts';
import { StoreError } from '../store/errors.ts';
import { ChatGuests, type ChatOfGuests, type GuestSurroundings } from './chat-guests.ts';
import { chatOfServer } from './server-host.ts';

export interface GatewayGuestsOptions extends GuestSurroundings {
  /** Starts a client below a data root. */
  readonly startClient: (root: string) => Runtime['startClient'];
  /** The first chat that opens takes guests, whatever was chosen before (`--guests`). */
  readonly takesGuests: boolean;
}

/**
 * Takes guests into the chat that is open in this gateway. They are guests of that chat alone: their record and their stores are in its folder,
 * and when it closes they are away until it is open again.
 */
export class GatewayGuests implements GuestHouse {
  readonly #options: GatewayGuestsOptions;
  #takesGuests: boolean;
  /** The record of the guests of the open chat cannot be read. */
  #fault: StoreError | null = null;
  #open: { readonly guests: ChatGuests; readonly isServers: boolean } | null = null;

  constructor(options: GatewayGuestsOptions) {
    this.#options = options;
    this.#takesGuests = options.takesGuests;
  }

  view(): Guests | null {
    return this.#open?.guests.view() ?? null;
  }

  execute(command: GuestCommand): Promise<CommandResult> {
    if (this.#open !== null) return this.#open.guests.execute(command);
    return this.#fault === null ? Promise.resolve(refused('not-joined')) : Promise.reject(this.#fault);
  }

  chatOpened(running: RunningClient): void {
    if (this.#open !== null) return;
    const { startClient } = this.#options;
    this.#begin(
      {
        folder: guestsFolder(running.folder),
        join: () => ({ server: serverOf(running) }),
        startClient: (root) => (join, listeners) =>
          startClient(root)({ ...join, host: running.client }, listeners),
        onEmpty: () => Promise.resolve(),
      },
      false,
    );
  }

  async chatCloses({ forGood }: { readonly forGood: boolean }): Promise<void> {
    this.#fault = null;
    if (this.#open?.isServers === false) await this.#close(forGood);
  }

  /** The gateway runs a server alone: guests come into its chat. */
  serverStarted(server: RunningServer): void {
    this.#begin(chatOfServer(server, this.#options), true);
  }

  async serverStops(): Promise<void> {
    if (this.#open?.isServers === true) await this.#close(false);
  }

  #begin(chat: ChatOfGuests, isServers: boolean): void {
    const { onChange, onFault } = this.#options;
    try {
      const guests = new ChatGuests(chat, this.#options);
      this.#open = { guests, isServers };
      // Another chat that opens later takes guests only if its user says so.
      guests.begin(this.#takesGuests);
      this.#takesGuests = false;
    } catch (error) {
      // The chat goes on without guests.
      onFault(error);
      if (error instanceof StoreError) this.#fault = error;
    }
    onChange();
  }

  async #close(forGood: boolean): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.#options.onChange();
    await open?.guests.close({ forGood });
  }
}

function serverOf(running: RunningClient) {
  const session = running.client.session();
  if (session.phase === 'none') throw new Error('the host has no server');
  return session.server;
}
