import type { Address } from '../../shared/address.ts';
import type { SafetyNumber } from '../../shared/bridge/commands.ts';
import type { Hosting, Profile } from '../../shared/bridge/schema.ts';
import type { RoleStatistics, Statistics } from '../../shared/bridge/statistics.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Client } from '../client/client.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { ServerAdmin } from './operator.ts';
import type { TraceListener } from '../trace/trace-feed.ts';
import type { AnswerRepository } from '../store/client-store.ts';

/** One client at work: its role with its own key, socket, endpoint and store (DESIGN section 1). */
export interface RunningClient {
  /** Runs `run` as one turn; throws what the store threw, everything undone. */
  command<Result>(run: (client: Client, now: Moment) => Result): Result;
  /** To be asked outside of turns, for what it shows. */
  readonly client: Client;
  /** The client's own. */
  readonly key: PeerKey;
  readonly answers: AnswerRepository;
  /** What its transport counts; of the connection with one person, or (null) of all. */
  statistics(peer: PeerKey | null): Omit<Statistics, 'server'>;
  /** What the person here and `peer` compare. */
  safetyNumber(peer: PeerKey): SafetyNumber;
  /** Lets what is queued leave for a moment, then closes socket and store. `forget`: nothing came of it, take the folder away. */
  close(options: { readonly forget: boolean }): Promise<void>;
}

export interface JoinOptions {
  readonly nickname: string;
  readonly server: Address;
  /** 0 for any. */
  readonly clientPort: number;
  readonly hosted: boolean;
  /** Opens although the server is silent right now; otherwise that may be a refusal already. */
  readonly keepTrying: boolean;
  /** The key that the server may have although another one is pinned. */
  readonly acceptServerKey?: PeerKey;
}

/** What control needs of the gateway around it. */
export interface Runtime {
  /** Opens data folder, store and socket. Throws StartError (port in use, folder in use, damaged database). */
  startClient(
    choice: JoinOptions,
    listeners: {
      readonly onChange: (change: ClientEvent) => void;
      readonly onFault: (error: unknown) => void;
    },
  ): Promise<RunningClient>;
  /**
   * Starts the server role on the port at which this person hosted last, else on the default one, else on the next
   * free one; gives the address for a client here.
   */
  startServer(nickname: string): Promise<Address>;
  stopServer(): Promise<void>;
  hosting(): Hosting;
  /** Of the server role, null when this gateway plays none. */
  serverStatistics(): RoleStatistics | null;
  /** For whoever runs that server, null likewise. */
  serverAdmin(): ServerAdmin | null;
  /** The conditioner's specification while it is on. */
  readonly lab: string | null;
  /** Calls `listener` for each trace of each running role, until the returned function is called. */
  watchTraces(listener: TraceListener): () => void;
  profiles(): Profile[];
}
