import type { Peer, PeerName } from './peer.ts';

/** Loads one transport; a side of a run loads no other. */
export async function loadPeer(name: PeerName): Promise<Peer> {
  switch (name) {
    case 'chatagram':
      return (await import('./chatagram.ts')).chatagram;
    case 'chatagram-new-reno':
      return (await import('./chatagram.ts')).chatagramNewReno;
    case 'chatagram-1200':
      return (await import('./chatagram.ts')).chatagram1200;
    case 'chatagram-1472':
      return (await import('./chatagram.ts')).chatagram1472;
    case 'raw-dgram':
      return (await import('./raw-dgram.ts')).rawDgram;
    case 'udx':
      return (await import('./udx.ts')).udx;
    case 'wss':
      return (await import('./web-socket.ts')).wss;
    case 'ws':
      return (await import('./web-socket.ts')).ws;
    case 'socket.io':
      return (await import('./socket-io.ts')).socketIo;
    case 'coap':
      return (await import('./coap.ts')).coap;
    case 'stop-and-wait':
      return (await import('./stop-and-wait.ts')).stopAndWait;
    default:
      return name satisfies never;
  }
}
