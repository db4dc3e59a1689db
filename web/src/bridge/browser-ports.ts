import type { SocketPorts } from './socket.ts';

/** The browser's WebSocket, clock and timers, for BridgeSocket. */
export function browserSocketPorts(url: string): SocketPorts {
  return {
    open(handlers) {
      const socket = new WebSocket(url);
      socket.addEventListener('open', () => handlers.opened());
      socket.addEventListener('message', (message: MessageEvent<unknown>) => handlers.received(message.data));
      // An `error` is always followed by `close`.
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

/** Where the gateway listens for tabs: same origin, so that nothing has to be configured. */
export function bridgeUrl(page: Pick<Location, 'protocol' | 'host'>): string {
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}/api/ws`;
}
