import type { CommandType } from '../../../shared/bridge/commands.ts';
import type { SocketPorts } from '../bridge/socket.ts';
import type { ForgivingStorage } from '../browser/storage.ts';
import type { GuestActions } from '../model/app-view.ts';
import type { CodeProblem, NoAccessCause } from '../model/gateway-status.ts';
import type { Route } from '../model/paths.ts';

/** How the app gets to its gateway, and what it keeps in the browser: as the page of the user, or as that of a guest. */
export interface PageWay {
  readonly ports: SocketPorts;
  readonly access: Access;
  readonly places: Places;
  /** What was typed and is not answered. */
  readonly storage: ForgivingStorage;
  /** The id of this browser at the gateway. Reading it is reactive. */
  readonly browserId: string | null;
  readonly may: (command: CommandType) => boolean;
  /** Whether the page may connect now without being asked by the user. */
  readonly comesBack: () => boolean;
  /** Null for the user of the gateway. */
  readonly guest: GuestActions | null;
  /** Nothing of the chats stays in this browser. */
  leaveForGood(): Promise<void>;
}

/** Why the gateway lets the page in, or does not. */
export interface Access {
  /** Takes what the URL has. */
  enter(): Promise<void>;
  /** Exchanges the code that the user typed for access. */
  useCode(code: string): Promise<CodeProblem | null>;
  /** Asked after a connection that the gateway has not greeted. Undefined if access is not the reason. */
  causeOfRefusal(): Promise<NoAccessCause | undefined>;
  /** Undefined if the page itself says why. */
  causeWithoutAccess(): Promise<NoAccessCause | undefined>;
  /** Returns false if a reload has not helped. */
  reloadOnce(): boolean;
  /** The page fits its gateway, so the next update may reload it again. */
  fits(): void;
}

/** Where in the app the user is. Reading the route is reactive. */
export interface Places {
  readonly route: Route;
  go(path: string): void;
}
