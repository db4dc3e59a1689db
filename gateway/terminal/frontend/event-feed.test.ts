import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { ScriptedGateway } from './scripted-gateway.ts';
import { EventFeed } from './event-feed.ts';

const waiting = (count: number): BridgeEvent => ({ type: 'waiting-messages', count });

describe('EventFeed', () => {
  it('begins with a snapshot and then gives every event once, in order', async () => {
    const gateway = new ScriptedGateway();
    gateway.tell(waiting(1));
    const feed = new EventFeed(gateway);
    expect(await feed.next()).toMatchObject({ type: 'snapshot', cursor: { number: 1 } });
    gateway.tell(waiting(2), waiting(3));
    expect(await feed.next()).toMatchObject({ events: [{ number: 2 }, { number: 3 }] });
    const next = feed.next();
    gateway.tell(waiting(4));
    expect(await next).toMatchObject({ events: [{ number: 4 }] });
  });

  it('gives a snapshot in place of events that the log no longer has', async () => {
    const gateway = new ScriptedGateway({}, 3);
    const feed = new EventFeed(gateway);
    await feed.next();
    for (let count = 1; count <= 4; count++) gateway.tell(waiting(count));
    expect(await feed.next()).toMatchObject({ type: 'snapshot', cursor: { number: 4 } });
    gateway.tell(waiting(5));
    expect(await feed.next()).toMatchObject({ events: [{ number: 5 }] });
  });

  it('gives the remaining events after its end, and then nothing', async () => {
    const gateway = new ScriptedGateway();
    const feed = new EventFeed(gateway);
    await feed.next();
    gateway.tell(waiting(1));
    feed.end();
    expect(await feed.next()).toMatchObject({ events: [{ number: 1 }] });
    expect(await feed.next()).toBeUndefined();
  });

  it('stops waiting at its end', async () => {
    const feed = new EventFeed(new ScriptedGateway());
    await feed.next();
    const next = feed.next();
    feed.end();
    expect(await next).toBeUndefined();
  });
});
