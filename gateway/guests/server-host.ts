import path from 'node:path';
import { serverAt, type NamedKey } from '../../shared/join-address.ts';
import { ChatLifecycle } from '../control/chat-lifecycle.ts';
import type { RunningClient, RunningServer } from '../control/ports.ts';
import { guestHostName, guestsFolder } from '../data-dir/guest-record.ts';
import { listClientProfiles } from '../data-dir/profiles.ts';
import type { ChatOfGuests } from './chat-guests.ts';
import { GuestRuntime, type GuestRoleOptions } from './guest-runtime.ts';

/** Others see the guests as guests of this nickname, unless another user has it. */
const hostNickname = 'host';
const nicknamesTried = 8;

interface ServerHostOptions extends Omit<GuestRoleOptions, 'root'> {
  readonly onFault: (error: unknown) => void;
}

/**
 * The guests of a server without a user beside it. PROTOCOL 6.115: a guest has a host in the client table, which is not the server. So the server's
 * computer has a client that registers and goes offline: it signs for the guests, and reads nothing.
 */
export function chatOfServer(server: RunningServer, options: ServerHostOptions): ChatOfGuests {
  const host = new ServerHost(server, options);
  return {
    folder: guestsFolder(server.folder),
    join: () => ({ server: serverAt(addressOf(server), keyOf(server)) }),
    startClient: (root) => async (join, listeners) => {
      const { client } = await host.client();
      return options.startClient(root)({ ...join, host: client }, listeners);
    },
    onEmpty: () => host.close(),
  };
}

class ServerHost {
  readonly #server: RunningServer;
  readonly #options: ServerHostOptions;
  readonly #root: string;
  #running: { readonly chat: ChatLifecycle; readonly client: Promise<RunningClient> } | undefined;

  constructor(server: RunningServer, options: ServerHostOptions) {
    this.#server = server;
    this.#options = options;
    this.#root = path.join(guestsFolder(server.folder), guestHostName);
  }

  /** Returns the client that signs for the guests. Throws StartError. */
  client(): Promise<RunningClient> {
    this.#running ??= this.#start();
    return this.#running.client;
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.chat.close();
  }

  #start() {
    const { onFault } = this.#options;
    const unused = (): void => undefined;
    const chat = new ChatLifecycle(new GuestRuntime({ ...this.#options, root: this.#root }), {
      onEvent: unused,
      onReset: unused,
      onOpened: unused,
      onCloses: () => Promise.resolve(),
      onHostingChanged: unused,
      onFault,
    });
    const client = this.#register(chat);
    client.catch(() => {
      // The next guest tries again.
      if (this.#running?.chat === chat) this.#running = undefined;
    });
    return { chat, client };
  }

  async #register(chat: ChatLifecycle): Promise<RunningClient> {
    const { host, port } = { host: '127.0.0.1', port: this.#server.port };
    let nickname = listClientProfiles(this.#root)[0]?.nickname ?? hostNickname;
    for (let tried = 0; tried < nicknamesTried; tried++) {
      const answer = await chat.join({
        nickname,
        server: { address: { host, port }, key: keyOf(this.#server) },
        joinCode: this.#server.admin.joinCode ?? undefined,
        clientPort: 0,
        hosted: false,
        keepTrying: false,
      });
      if (answer.status === 'done') {
        await chat.deregister();
        return chat.requireClient();
      }
      if (answer.suggestion === undefined) break;
      nickname = answer.suggestion;
    }
    throw new Error('the host of the guests cannot register at its own server');
  }
}

function addressOf({ port }: RunningServer): string {
  return `127.0.0.1:${port}`;
}

function keyOf({ key }: RunningServer): NamedKey {
  return { type: 'whole', key };
}
