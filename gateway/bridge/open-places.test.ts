import { describe, expect, it } from 'vitest';
import { openPlacesMax } from '../../shared/limits.ts';
import { ask, startTestBridge } from './bridge-under-test.ts';
import { openPlaceLifeMs, OpenPlaces } from './open-places.ts';

const path = `/k/${'b'.repeat(64)}`;

describe('the address of a place in the app', () => {
  it('leads a browser there, and does not name the place', async () => {
    const bridge = await startTestBridge();
    const address = bridge.addressOf(path);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\/[0-9a-f]{32}$/u);
    const headers = { host: new URL(address).host };
    const answer = await ask(bridge, new URL(address).pathname, { headers });
    expect(answer).toMatchObject({ status: 302, headers: { location: path, 'cache-control': 'no-store' } });
    const unknown = await ask(bridge, '/open/nothing', { headers });
    expect(unknown).toMatchObject({ status: 302, headers: { location: '/' } });
  });

  it('is forgotten after a minute, and when there are too many', () => {
    let nowMs = 0;
    const places = new OpenPlaces(() => nowMs);
    const [first = '', ...others] = Array.from({ length: openPlacesMax + 1 }, () => places.add(path));
    const find = (address: string) => places.find(address.slice('open/'.length));
    expect(find(first)).toBe('/');
    expect(new Set(others.map(find))).toEqual(new Set([path]));
    nowMs = openPlaceLifeMs;
    expect(new Set(others.map(find))).toEqual(new Set(['/']));
  });
});
