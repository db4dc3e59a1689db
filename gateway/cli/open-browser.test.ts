import { describe, expect, it } from 'vitest';
import { browserCommand } from './open-browser.ts';

const link = 'http://127.0.0.1:5050/#s=secret';

describe('browserCommand', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, 'xdg-open'],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open'],
    ['darwin', {}, 'open'],
    ['win32', {}, 'cmd'],
  ] as const)('on %s with %o runs %s', (platform, environment, file) => {
    const command = browserCommand(link, { platform, environment });
    expect(command?.file).toBe(file);
    expect(command?.args.at(-1)).toBe(link);
  });

  it('returns no command without a display or in CI', () => {
    expect(browserCommand(link, { platform: 'linux', environment: { DISPLAY: '' } })).toBeUndefined();
    expect(
      browserCommand(link, { platform: 'linux', environment: { CI: '1', DISPLAY: ':0' } }),
    ).toBeUndefined();
    expect(browserCommand(link, { platform: 'darwin', environment: { CI: 'true' } })).toBeUndefined();
  });
});
