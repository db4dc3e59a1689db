import type { Prover, SocketPorts } from './socket.ts';

/** Gives BridgeSocket the browser's WebSocket, clock and timers. */
export function browserSocketPorts(url: string, prover: Prover): SocketPorts {
  return {
    prover,
    open(handlers) {
      const socket = new WebSocket(url);
      socket.addEventListener('open', () => handlers.opened());
      socket.addEventListener('message', (message: MessageEvent<unknown>) => handlers.received(message.data));
      // `close` always follows an `error`.
      socket.addEventListener('close', () => handlers.closed());
      return { send: (text) => socket.send(text), close: () => socket.close() };
    },
    nowMs: () => Date.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Returns where the gateway listens for tabs: the same origin, so nothing has to be configured. */
export function bridgeUrl(page: Pick<Location, 'protocol' | 'host'>): string {
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}/api/ws`;
}
