import dgram from 'node:dgram';
import fs from 'node:fs';
import path from 'node:path';

/** What a computer of the story has on its network. */
interface StoryHost {
  readonly address: string;
  /** Each gateway writes here which computer has its ports. */
  readonly folder: string;
  /** The firewall of this computer lets in answers only. */
  readonly hasFirewall: boolean;
}

/**
 * Makes a local network of the gateways that share a folder: a datagram to an address of it goes to loopback, and comes from the address
 * of its sender's computer.
 */
export function joinStoryLan({ address, folder, hasFirewall }: StoryHost): void {
  const { createSocket } = dgram;
  const subnet = address.slice(0, address.lastIndexOf('.') + 1);
  const onLoopback = (host: string) => (host.startsWith(subnet) ? '127.0.0.1' : host);
  const hostOf = (port: number) => {
    const file = path.join(folder, String(port));
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '127.0.0.1';
  };
  Object.assign(dgram, {
    createSocket(options: dgram.SocketOptions): dgram.Socket {
      const family = options.type === 'udp6' ? 6 : 4;
      const socket = createSocket({
        ...options,
        lookup: (host, _options, callback) => callback(null, onLoopback(host), family),
      });
      socket.once('listening', () =>
        fs.writeFileSync(path.join(folder, String(socket.address().port)), address),
      );
      const sent = hasFirewall ? noteSent(socket) : null;
      socket.prependListener('message', (_, from) => {
        from.address = hostOf(from.port);
        // A gateway drops what has no port.
        if (sent?.has(`${from.address}:${from.port}`) === false) from.port = 0;
      });
      return socket;
    },
  });
  if (hasFirewall) showFirewall();
}

/** Returns the addresses to which this socket has sent. */
function noteSent(socket: dgram.Socket): ReadonlySet<string> {
  const sent = new Set<string>();
  const { send } = socket;
  Object.assign(socket, {
    send(...given: readonly unknown[]): void {
      const [, port, host] = given;
      if (typeof port === 'number') sent.add(`${String(host)}:${port}`);
      Reflect.apply(send, socket, given);
    },
  });
  return sent;
}

/** A check finds the firewall where ufw has its settings. */
function showFirewall(): void {
  const { readFileSync } = fs;
  Object.assign(fs, {
    readFileSync: (...given: readonly unknown[]): unknown =>
      given[0] === '/etc/ufw/ufw.conf' ? 'ENABLED=yes\n' : Reflect.apply(readFileSync, fs, given),
  });
}
