import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../system-tests/eventually.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { browserCommand, hasBrowser, isConfined, openBrowser } from './open-browser.ts';

const address = 'http://127.0.0.1:5050/';

describe('the command that opens a browser', () => {
  it.each([
    ['linux', 'xdg-open', address],
    ['darwin', 'open', address],
    ['win32', 'cmd', `"${address}"`],
  ] as const)('on %s is %s', (platform, file, last) => {
    const command = browserCommand(address, platform);
    expect(command.file).toBe(file);
    expect(command.args.at(-1)).toBe(last);
  });

  it.each([
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { DISPLAY: '' }, false],
    ['linux', { CI: '1', DISPLAY: ':0' }, false],
    ['darwin', {}, true],
    ['darwin', { CI: 'true' }, false],
    ['win32', {}, true],
  ] as const)('on %s with %o is run: %s', (platform, environment, expected) => {
    expect(hasBrowser({ platform, environment })).toBe(expected);
  });

  it.each([
    ['a snap', 'firefox_firefox.desktop', undefined, true],
    ['a snap under another name', 'browser.desktop', 'Exec=env X=1 /snap/bin/chromium %U\n', true],
    [
      'a Flatpak',
      'org.mozilla.firefox.desktop',
      '[x]\nExec=/usr/bin/flatpak run org.mozilla.firefox\n',
      true,
    ],
    ['a package', 'firefox-esr.desktop', 'Exec=/usr/lib/firefox-esr/firefox-esr %u\n', false],
    ['a package without an entry', 'google-chrome.desktop', undefined, false],
  ])('knows a browser that cannot read the data folder: %s', (_what, name, text, expected) => {
    expect(isConfined(name, text)).toBe(expected);
  });
});

describe('opening the app', () => {
  it('gives the browser a file and never the link', async () => {
    const { arguments: given, page } = await openWith({ 'text/html': 'firefox-esr.desktop' });
    expect(given).toBe(`file://${page}`);
  });

  it('gives a browser that cannot read the file the address without the secret', async () => {
    const { arguments: given } = await openWith({ 'text/html': 'firefox_firefox.desktop' });
    expect(given).toBe(address);
  });

  it('gives the browser the address where another program opens pages', async () => {
    const programs = { 'text/html': 'editor.desktop', 'x-scheme-handler/http': 'firefox-esr.desktop' };
    expect((await openWith(programs)).arguments).toBe(address);
  });

  it('gives the browser the address where the page cannot be written', async () => {
    const { arguments: given } = await openWith({ 'text/html': 'firefox-esr.desktop' }, true);
    expect(given).toBe(address);
  });
});

/** Opens the app on a desktop with these programs, and returns the arguments that every account could list. */
async function openWith(programs: Readonly<Record<string, string>>, isDiskFull = false) {
  const folder = temporaryFolder();
  const listed = path.join(folder, 'arguments');
  const page = path.join(folder, 'open.html');
  const cases = Object.entries(programs).map(([type, entry]) => `  ${type}) echo ${entry};;`);
  script(folder, 'xdg-mime', `case "$3" in\n${cases.join('\n')}\nesac`);
  script(folder, 'xdg-open', `printf %s "$*" > ${listed}.new; mv ${listed}.new ${listed}`);
  const environment = { DISPLAY: ':0', PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
  const target = { address, page: () => (isDiskFull ? undefined : page) };
  await openBrowser(target, { platform: 'linux', environment });
  return { arguments: await eventually(() => fs.readFileSync(listed, 'utf8')), page };
}

function script(folder: string, name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
