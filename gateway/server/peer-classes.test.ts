import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes } from '../../shared/ids.ts';
import type { EndpointAction } from '../transport/events.ts';
import { establishedAfterMs, PeerClasses } from './peer-classes.ts';

const [one, other] = [1, 2].map((byte) => peerKeyFromBytes(new Uint8Array(32).fill(byte)));

function newClasses() {
  const told: EndpointAction[] = [];
  const classes = new PeerClasses({ perform: (action) => void told.push(action) });
  return {
    classes,
    toldClasses: () => told.splice(0).map((action) => ('class' in action ? action.class : '')),
  };
}

describe('the classes of the users of a server', () => {
  it('PROTOCOL 7.6: are established after an hour online in all, and unknown after they left', () => {
    const { classes, toldClasses } = newClasses();
    classes.handleRegistered(0, one!, 0);
    classes.handleRegistered(0, other!, establishedAfterMs - 1_000);
    expect(toldClasses()).toEqual(['registered', 'registered']);
    expect(classes.dueMs).toBe(1_000);
    classes.handleTimeout(999);
    expect(toldClasses()).toEqual([]);
    classes.handleTimeout(1_000);
    expect(toldClasses()).toEqual(['established']);
    classes.handleDeparture(one!);
    expect([toldClasses(), classes.dueMs]).toEqual([['unknown'], undefined]);
  });

  it('PROTOCOL 7.6: are established from the registration on with an hour before', () => {
    const { classes, toldClasses } = newClasses();
    classes.handleRegistered(0, one!, establishedAfterMs);
    expect([toldClasses(), classes.dueMs]).toEqual([['established'], undefined]);
  });
});
