import SecretStream from '@hyperswarm/secret-stream';
import UDX from 'udx-native';
import type { Link, Peer, Station } from './peer.ts';

/**
 * Streams over UDP in C (udx-native) under Noise and secretstream in JavaScript (@hyperswarm/secret-stream): the most
 * similar rival, encrypted and reliable. Each write arrives as one message.
 */
export const udx: Peer = {
  async listen(station) {
    const socket = open();
    const raw = context.createStream(listenerStreamId, {
      // Called for the first packet of a stream that is not connected; false lets it in.
      firewall: (from, port, host) => {
        raw.connect(from, dialerStreamId, port, host);
        return false;
      },
    });
    serve(new SecretStream(false, raw), station);
    return socket.address().port;
  },
  async connect(port, station) {
    const raw = context.createStream(dialerStreamId);
    raw.connect(open(), listenerStreamId, port, '127.0.0.1');
    const stream = new SecretStream(true, raw);
    const link = serve(stream, station);
    if (!(await stream.opened)) throw new Error('the secret stream did not open');
    return link;
  },
};

const context = new UDX();
const [listenerStreamId, dialerStreamId] = [1, 2];

function open(): ReturnType<UDX['createSocket']> {
  const socket = context.createSocket();
  socket.bind(0, '127.0.0.1');
  return socket;
}

function serve(stream: SecretStream, station: Station): Link {
  const link = new StreamLink(stream, station);
  stream.on('data', (message: Buffer) => station.onMessage(link, message));
  stream.on('error', (error) => {
    throw error;
  });
  return link;
}

class StreamLink implements Link {
  readonly #stream: SecretStream;
  #isFull = false;

  constructor(stream: SecretStream, station: Station) {
    this.#stream = stream;
    stream.on('drain', () => {
      this.#isFull = false;
      station.onRoom();
    });
  }

  room(): number {
    return this.#isFull ? 0 : Number.POSITIVE_INFINITY;
  }

  send(message: Uint8Array, count: number): void {
    for (let sent = 0; sent < count; sent++) this.#isFull = !this.#stream.write(message);
  }
}
