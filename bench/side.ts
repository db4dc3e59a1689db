// One of the two processes of a run. It executes the orders of the bench, and ends with the channel to it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Order, ReplyTo } from './orders.ts';
import { loadPeer } from './peers/all.ts';
import type { Link, Station } from './peers/peer.ts';
import { flood, makeRoundTrips } from './workloads.ts';

let messages = 0;
let link: Link | undefined;
const station: Station = {
  onMessage: () => {
    messages++;
  },
  onRoom: () => {},
  counts: {
    connections: 0,
    datagramsSent: 0,
    datagramsReceived: 0,
    fullDatagramsSent: 0,
    fullDatagramsReceived: 0,
  },
};

process.on('message', (order: Order) => {
  void executeOrder(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      // Thrown outside of the promise, the error ends the process and prints its stack.
      setImmediate(() => {
        throw error;
      });
    },
  );
});
process.once('disconnect', () => process.exit(0));

async function executeOrder(order: Order): Promise<ReplyTo<Order['type']>> {
  switch (order.type) {
    case 'listen': {
      if (order.answers) station.onMessage = (from, message) => from.send(message, 1);
      const peer = await loadPeer(order.peer);
      return { port: await peer.listen(station) };
    }
    case 'connect': {
      const peer = await loadPeer(order.peer);
      link = await peer.connect(order.port, station);
      return null;
    }
    case 'flood':
      flood(connected(), station, order.messageBytes);
      return null;
    case 'snapshot': {
      const { user, system } = process.cpuUsage();
      const { counts } = station;
      return {
        atMs: performance.now(),
        messages,
        cpuMicroseconds: user + system,
        counts: { ...counts },
        roundTripMs: link?.roundTripMs ?? null,
      };
    }
    case 'round-trips':
      return makeRoundTrips(connected(), station, order);
    case 'crowd': {
      const { chatagram } = await import('./peers/chatagram.ts');
      // Connections open a few at a time, because their opening is not measured.
      for (let opened = 0; opened < order.count; opened += crowdStep) {
        const step = Math.min(crowdStep, order.count - opened);
        await Promise.all(Array.from({ length: step }, () => chatagram.connect(order.port, station)));
      }
      return null;
    }
    case 'handshakes': {
      const { repeatHandshakes } = await import('./peers/chatagram.ts');
      await repeatHandshakes(order.port, order.parallel, station);
      return null;
    }
    case 'memory': {
      // Leftovers of opened connections may still wait for their timers.
      await delay(settleMs);
      global.gc?.();
      global.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      return { connections: station.counts.connections, heldBytes: heapUsed + external };
    }
    default:
      return order satisfies never;
  }
}

const crowdStep = 50;
const settleMs = 500;

function connected(): Link {
  if (link === undefined) throw new Error('not connected');
  return link;
}
