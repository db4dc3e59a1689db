import type { Address } from '../../shared/address.ts';
import type { SafetyNumber } from '../../shared/bridge/commands.ts';
import type { Browser, Link } from '../../shared/bridge/access.ts';
import type { CommandOf, CommandTypeBy } from '../../shared/bridge/commands.ts';
import type { Guests } from '../../shared/bridge/guests.ts';
import type { Hosting, NearbyChat, NearbyPhase, Profile } from '../../shared/bridge/schema.ts';
import type { RoleStatistics, Statistics } from '../../shared/bridge/statistics.ts';
import type { CommandResult } from '../../shared/command-result.ts';
import type { JoinCode, PeerKey } from '../../shared/ids.ts';
import type { HostName, JoinAddress, KnownServer, NamedKey } from '../../shared/join-address.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ResolvedAddress, TypedAddress } from '../../shared/typed-address.ts';
import type { Moment } from '../../shared/moment.ts';
import type { CheckReport, OtherSide } from '../../shared/check/connection-check.ts';
import type { CheckTarget } from '../check/probe.ts';
import type { DataFolder, WipeReport } from '../../shared/bridge/wipe.ts';
import type { Transfer } from '../bridge/transfers/tickets.ts';
import type { Client } from '../client/client.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { Wipe } from '../data-dir/wipe.ts';
import type { ConnectionTraffic, ServerAdmin } from '../server/server-admin.ts';
import type { TraceListener } from '../trace/trace-feed.ts';
import type { ListedChat } from '../data-dir/profiles.ts';
import type { ClientFiles } from '../files/client-files.ts';
import type { OfferAnswer } from '../files/offered-paths.ts';
import type { AnswerRepository } from '../store/client-store.ts';

/** A client at work: its role with its own key, socket, endpoint and store. */
export interface RunningClient {
  /** Runs `run` as one turn. Throws what the store threw, after undoing everything. */
  command<Result>(run: (client: Client, now: Moment) => Result): Result;
  /** Answers questions outside of turns. */
  readonly client: Client;
  /** The client's own key. */
  readonly key: PeerKey;
  /** Its data folder. */
  readonly folder: string;
  /** What is on its disk of the files that were sent and received. */
  readonly files: ClientFiles;
  readonly answers: AnswerRepository;
  /** Hashes a file or a folder of the user for an offer. It is not copied. A signal that aborts makes it throw the signal's reason. */
  offerPath(named: string, signal?: AbortSignal): Promise<OfferAnswer>;
  /** Returns what its transport counts: of the connection with one peer, or (null) of all connections. */
  statistics(peer: PeerKey | null): Omit<Statistics, 'server'>;
  /** Returns the number that the user and `peer` compare. */
  safetyNumber(peer: PeerKey): SafetyNumber;
  /** Calls `listener` with the source of each datagram, until the returned function is called. */
  watchArrivals(listener: (from: Address) => void): () => void;
  /** Whether a live connection leads to this address. */
  isConnectedAt(address: Address): boolean;
  /**
   * Lets queued datagrams leave for a moment, then closes socket and store. `forget` removes a data folder that is new:
   * the join came to nothing.
   */
  close(options: { readonly forget: boolean }): Promise<void>;
}

/** A server at work in this gateway. */
export interface RunningServer {
  readonly port: number;
  /** The server's own key. */
  readonly key: PeerKey;
  /** Its data folder. */
  readonly folder: string;
  /** Runs `run` as one turn. Throws what the store threw, after undoing everything. */
  command<Result>(run: (admin: ServerAdmin, now: Moment) => Result): Result;
  /** Answers questions outside of turns. */
  readonly admin: ServerAdmin;
  statistics(): RoleStatistics;
  /** What this process of the server refused, by code. */
  refusals(): Readonly<Record<string, number>>;
  /** The packets of each live connection. */
  traffic(): ReadonlyMap<PeerKey, ConnectionTraffic>;
  /** Signs a beacon or a goodbye (PROTOCOL 11.11). */
  signBeacon(bytes: Uint8Array): Uint8Array;
  close(): Promise<void>;
}

/** Looks for chats on the local network while it is on. */
export interface ChatSearch {
  /** `onChange` is called after each change of what `found` returns. */
  start(onChange: () => void): void;
  stop(): void;
  found(): { readonly phase: NearbyPhase; readonly chats: readonly NearbyChat[] };
}

export interface JoinOptions {
  readonly nickname: string;
  readonly server: JoinAddress;
  /** If the user typed the name of a host: the name, and all its addresses. */
  readonly hostName?: HostName<Address> | undefined;
  /** 0 for any. */
  readonly clientPort: number;
  readonly hosted: boolean;
  readonly joinCode?: JoinCode | undefined;
  /** For a guest: the client of the host, which says so to the server. */
  readonly host?: Pick<Client, 'signGuest'>;
  /** Opens the chat although the server does not answer now. Otherwise silence may already be a refusal. */
  readonly keepTrying: boolean;
  /** The server may have this key although another one is pinned, or named in the join address. */
  readonly acceptServer?: KnownServer;
}

/** What a connection check is about. */
export interface CheckRequest {
  readonly targets: readonly CheckTarget[];
  /** `named`: the key that the server should have, where the user or the chat knows it. */
  readonly expected:
    | { readonly role: 'client'; readonly key: PeerKey }
    | { readonly role: 'server'; readonly named: NamedKey | null };
  /** Where the other side is connected with this client already; null: nowhere. */
  readonly connectedAt: Address | null;
  /** Whether the other side is asked what it sees. */
  readonly asksOtherSide: boolean;
}

export interface CheckListeners {
  /** Called with each change of the report, the last one included. */
  readonly onReport: (report: CheckReport) => void;
  /** Called once, some time after the check was started, when the sockets are open: the UDP ports from which the targets are tried. */
  readonly onOpen?: (ports: readonly number[]) => void;
}

/** A connection check that runs. */
export interface RunningCheck {
  tellOtherSide(otherSide: OtherSide): void;
  stop(): void;
}

export type GuestCommand = CommandOf<CommandTypeBy<'guest-change'>>;

/** Takes guests into the chat that is open in this gateway. */
export interface GuestHouse {
  /** What the host sees; null without a chat. */
  view(): Guests | null;
  /** Throws StoreError when the disk refuses. */
  execute(command: GuestCommand): Promise<CommandResult>;
  /** A chat is open now: its guests may come. */
  chatOpened(client: RunningClient): void;
  /** The chat closes after this: its guests go before. `forGood`: they are forgotten. */
  chatCloses(options: { readonly forGood: boolean }): Promise<void>;
}

/** What control needs of the gateway around it. */
export interface Runtime {
  /** Finds the addresses behind a typed one, of which the first is the best. Takes 2 s at most. */
  resolveAddress(typed: TypedAddress): Promise<ResolvedAddress | { readonly error: ErrorCode }>;
  /** Whether this machine has this IP address, loopback left out. */
  isOwnHost(host: string): boolean;
  /** Opens data folder, store and socket. Throws StartError (port in use, folder in use, damaged database). */
  startClient(
    options: JoinOptions,
    listeners: {
      readonly onChange: (event: ClientEvent) => void;
      readonly onFault: (error: unknown) => void;
    },
  ): Promise<RunningClient>;
  /**
   * Starts the server of the chat that this user hosted last, on its port or else on another one, which `hosting` tells. A new
   * chat gets the default port, or the next free one. `folder`: the client's data folder, for another chat than the last one. Returns the address for a client on this machine.
   */
  startServer(nickname: string, folder?: string): Promise<Address>;
  stopServer(): Promise<void>;
  hosting(): Hosting;
  /** The server in this gateway, null without one. */
  server(): RunningServer | null;
  /** Null where no guests can come: a guest has no guests. */
  readonly guests: GuestHouse | null;
  /** The specification of the network conditioner while it is on. */
  readonly lab: string | null;
  /** Calls `listener` for each trace of each running role, until the returned function is called. */
  watchTraces(listener: TraceListener): () => void;
  profiles(): Profile[];
  /** The chats that were joined from this computer, the last opened first. */
  chats(): ListedChat[];
  /** Measures the data folder. */
  dataFolder(): Promise<DataFolder>;
  /** Returns the names in the data folder that no wipe removes. */
  foreignNames(): string[];
  /** Takes every folder of this computer's chats. `client` is the one that runs here. Names the folders that other processes use. */
  prepareWipe(
    client: RunningClient | null,
  ): Wipe | { readonly inUse: readonly string[]; readonly sentence: string };
  readonly chatSearch: ChatSearch;
  /** Starts a check. The last report that `onReport` gets is over. */
  startCheck(request: CheckRequest, listeners: CheckListeners): RunningCheck;
}

/** What control needs of the bridge: the browsers that may use this gateway, and what they may fetch. */
export interface BrowserAccess {
  newLink(): Link;
  browsers(): Browser[];
  /** Ends the access of a browser, and its tabs. Returns false without such a browser. */
  signOut(browserId: string): boolean;
  /** Makes a ticket by which one request fetches this, for the frontend `owner`. */
  issueTicket(owner: object, transfer: Transfer): string;
  /** From now on, `/wiped` shows this, and clears the browser that asks for it. */
  showWiped(report: WipeReport): void;
}
