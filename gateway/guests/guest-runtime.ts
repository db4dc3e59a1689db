import type { Profile } from '../../shared/bridge/schema.ts';
import type { DataFolder } from '../../shared/bridge/wipe.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ResolvedAddress, TypedAddress } from '../../shared/typed-address.ts';
import type { BrowserAccess, ChatSearch, RunningClient, Runtime } from '../control/ports.ts';
import { measureDataFolder } from '../data-dir/data-size.ts';
import { listChats, listClientProfiles, type ListedChat } from '../data-dir/profiles.ts';
import { prepareWipe } from '../data-dir/wipe.ts';

/** What a guest's role needs of the gateway of its host. */
export interface GuestRoleOptions {
  /** The data root of this guest alone. */
  readonly root: string;
  readonly startClient: (root: string) => Runtime['startClient'];
  readonly resolveAddress: (typed: TypedAddress) => Promise<ResolvedAddress | { readonly error: ErrorCode }>;
  readonly lab: string | null;
}

/** The runtime of a guest: a client role in a data root of its own, without a server and without other chats. */
export class GuestRuntime implements Runtime {
  readonly lab: string | null;
  readonly guests = null;
  readonly startClient: Runtime['startClient'];
  readonly resolveAddress: Runtime['resolveAddress'];
  readonly chatSearch: ChatSearch = {
    start: () => undefined,
    stop: () => undefined,
    found: () => ({ phase: 'off', chats: [] }),
  };
  readonly #root: string;

  constructor({ root, startClient, resolveAddress, lab }: GuestRoleOptions) {
    this.#root = root;
    this.lab = lab;
    this.startClient = startClient(root);
    this.resolveAddress = resolveAddress;
  }

  isOwnHost(): boolean {
    return false;
  }

  startServer(): Promise<never> {
    return Promise.reject(noServer());
  }

  stopServer(): Promise<void> {
    return Promise.resolve();
  }

  hosting(): null {
    return null;
  }

  server(): null {
    return null;
  }

  startCheck(): never {
    throw noServer();
  }

  watchTraces(): () => void {
    return () => undefined;
  }

  profiles(): Profile[] {
    return listClientProfiles(this.#root);
  }

  chats(): ListedChat[] {
    return listChats(this.#root);
  }

  dataFolder(): Promise<DataFolder> {
    return measureDataFolder(this.#root);
  }

  foreignNames(): string[] {
    return [];
  }

  prepareWipe(client: RunningClient | null): ReturnType<Runtime['prepareWipe']> {
    const wipe = prepareWipe(this.#root, new Set(client === null ? [] : [client.folder]));
    if (!('inUse' in wipe)) return wipe;
    return { inUse: wipe.inUse.map(({ name }) => name), sentence: 'The store of the guest is in use.' };
  }
}

/** A guest has no browsers of its own, and fetches nothing from the bridge. */
export const noBrowserAccess: BrowserAccess = {
  newLink: () => {
    throw noServer();
  },
  browsers: () => [],
  signOut: () => false,
  issueTicket: () => {
    throw noServer();
  },
  showWiped: () => undefined,
};

/** The API of a guest refuses every command that leads here. */
function noServer(): Error {
  return new Error('a guest reached a part of the gateway that is not for guests');
}
