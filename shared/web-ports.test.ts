import { describe, expect, it } from 'vitest';
import { isRefusedByBrowsers } from './web-ports.ts';

const everyPort = Array.from({ length: 65_535 }, (_, index) => index + 1);

describe('isRefusedByBrowsers', () => {
  it('knows each port of the list, as the fetch of this runtime does', async () => {
    const refused = everyPort.filter(isRefusedByBrowsers);
    expect(refused).toHaveLength(82);
    for (const port of refused) {
      const error: unknown = await fetch(`http://127.0.0.1:${port}/`).catch((reason: unknown) => reason);
      expect(error, String(port)).toMatchObject({ cause: { message: 'bad port' } });
    }
  });

  it('takes the default port of the app and the dynamic range for usable', () => {
    expect([80, 443, 5_050, 5_059, 5_062, 8_080].some(isRefusedByBrowsers)).toBe(false);
    expect(everyPort.filter((port) => port > 10_080).some(isRefusedByBrowsers)).toBe(false);
  });
});
