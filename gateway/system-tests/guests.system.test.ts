import { spawn, type ChildProcess } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import {
  chromium,
  expect as playwrightExpect,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { encodeBase32 } from '../../shared/base32.ts';
import { formatGuestLink, parseGuestLink, type GuestLink } from '../../shared/guests/link.ts';
import { fromHex } from '../../shared/ids.ts';
import { guestKeysOf } from '../../web/src/guest/noise.ts';
import { presentChromium } from '../../scripts/chromium.mjs';
import { guestPage, setUp } from '../../scripts/setup.mjs';
import { keyPairOf } from '../crypto/crypto.ts';
import { GuestChannel } from '../guests/guest-channel.ts';
import { eventually } from './eventually.ts';
import { GatewayProcess } from './gateway-process.ts';
import { JsonUser } from './json-user.ts';
import { LanLab, type LabMachine } from './lan-lab.ts';
import { WireTap } from './wire-tap.ts';

await setUp([guestPage]);

/** Only against hanging: on a busy machine everything takes many times longer. */
const shown = playwrightExpect.configure({ timeout: 30_000 });

/**
 * The host's computer, and guests with nothing but a browser, on two machines. An attacker stands between them: a machine with the host's
 * address takes the connections of the guests, and passes them on. It records every byte.
 */
const lab = LanLab.make();
const hostMachine = lab.addMachine();
const attackersMachine = lab.addMachine();
const phones = lab.addMachine();
const origin = 'http://10.77.0.1:5080';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-guests-'));
const server = { host: '10.77.0.1', port: 50_000 };
const serverProcess = new GatewayProcess(
  'server',
  ['-s', String(server.port), '--data', path.join(folder, 'server')],
  undefined,
  hostMachine.within,
);
const user = (nickname: string, words: readonly string[]): JsonUser =>
  new JsonUser({
    nickname,
    server,
    dataFolder: path.join(folder, nickname),
    words,
    within: hostMachine.within,
  });
const alice = user('alice', ['--guests']);
const bob = user('bob', []);
const paths = { tap: path.join(folder, 'tap.sock'), host: path.join(folder, 'host.sock') };
const tap = new WireTap(paths.tap, paths.host);
const bridges: ChildProcess[] = [];
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
/** What must never cross the network in the clear: nicknames and words are long, so that no byte string is one by chance. */
const nicknames = { carol: 'carolina-phone', dave: 'david-laptop', erin: 'erinnern-visitor' };
const words: string[] = [];
let browser: Browser | undefined;
let link = '';

beforeAll(async () => {
  const inside = lab.addSwitch();
  const outside = lab.addSwitch();
  hostMachine.plugIn(inside, 'lan0', '10.77.0.1/24');
  attackersMachine.plugIn(outside, 'lan0', '10.77.0.1/24');
  phones.plugIn(outside, 'lan0', '10.77.0.2/24');
  serverProcess.start();
  alice.process.start();
  bob.process.start();
  link = await alice.waitFor(({ guests }) => guests?.link);
  await startBridge(hostMachine, paths.host, '10.77.0.1:5080');
  await startBridge(attackersMachine, '10.77.0.1:5080', paths.tap);
  browser = await launchOn(phones);
});

afterAll(async () => {
  await browser?.close();
  tap.close();
  for (const bridge of bridges) bridge.kill();
  await Promise.all([alice.process.stop(), bob.process.stop()]);
  await serverProcess.stop();
  lab.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('guests with nothing but a browser', () => {
  let carol: Guest;
  let dave: Guest;
  let erin: Guest;

  it('get a link at the address of the host on the local network, and no secure context there', async () => {
    expect(link).toMatch(/^http:\/\/10\.77\.0\.1:5080\/#[0-9A-HJKMNP-TV-Z]{79}$/iu);
    carol = await Guest.at(link, phone);
    expect(await carol.page.evaluate('[isSecureContext, typeof crypto.subtle]')).toEqual([
      false,
      'undefined',
    ]);
    await carol.nothingForAxe();
  });

  it('come in by the link, and the host lets in one without a link who has the same four words', async () => {
    await carol.come(nicknames.carol);
    dave = await Guest.at(link);
    await dave.come(nicknames.dave);
    for (const guest of [carol, dave]) await shown(guest.person('bob')).toBeAttached();
    await carol.nothingForAxe();
    erin = await Guest.at(origin);
    await erin.come(nicknames.erin);
    const visitor = await alice.waitFor(({ guests }) => guests?.waiting[0]);
    expect(visitor).toMatchObject({ name: nicknames.erin, hasLink: false });
    const ownWords = erin.page.getByTestId('four-words').getByRole('listitem');
    await shown(ownWords).toHaveText(visitor.words.split(' '));
    await erin.nothingForAxe();
    await alice.execute({ type: 'admit-guest', number: visitor.number });
    await shown(erin.person('bob')).toBeAttached();
  });

  it('talk in a room', async () => {
    for (const guest of [carol, dave, erin]) await guest.openRoom('everyone');
    await carol.say('#everyone', newWords('the train leaves at noon'));
    await dave.say('#everyone', newWords('platform seven is closed'));
    for (const guest of [carol, dave, erin])
      for (const text of words) await shown(guest.message(text)).toBeVisible();
    await carol.nothingForAxe();
    await eventually(() => expect(words.map((text) => heard(bob, text))).toEqual([1, 1]));
  });

  it('write to a user of the program, and get an answer', async () => {
    await carol.open('bob');
    await carol.say('bob', newWords('do you have my umbrella'));
    await eventually(() => expect(heard(bob, 'do you have my umbrella')).toBe(1));
    await bob.writeTo(nicknames.carol, newWords('yes it is still wet'));
    await shown(carol.message('yes it is still wet')).toBeVisible();
  });

  it('are the same people after a reload, and after they were away', async () => {
    await carol.page.reload();
    await carol.open('bob');
    await shown(carol.message('do you have my umbrella')).toBeVisible();
    await carol.page.goto('about:blank');
    await bob.writeTo(nicknames.carol, newWords('come to the station soon'));
    await carol.page.goto(origin);
    await carol.open('bob');
    await shown(carol.message('come to the station soon')).toBeVisible();
  });

  it('send what they wrote once, although the gateway of the host was not there', async () => {
    await alice.process.kill();
    await carol.say('bob', newWords('written while you were gone'));
    alice.process.start();
    await eventually(() => expect(heard(bob, 'written while you were gone')).toBe(1));
    await bob.writeTo(nicknames.carol, newWords('it arrived exactly once'));
    await shown(carol.message('it arrived exactly once')).toBeVisible();
    expect(heard(bob, 'written while you were gone')).toBe(1);
  });

  it('are told that the host has closed the chat, and are in again when it is open', async () => {
    await alice.process.stop();
    await shown(carol.page.getByRole('heading', { name: 'Your host has closed the chat' })).toBeVisible();
    await carol.nothingForAxe();
    alice.process.start();
    await carol.open('bob');
    await shown(carol.message('it arrived exactly once')).toBeVisible();
  });

  it.each(['alter', 'repeat'] as const)(
    'are told that an attacker has changed a message: %s',
    async (how) => {
      await shown(carol.page.getByRole('textbox', { name: 'Message to bob' })).toBeVisible();
      tap.tamper(how);
      await carol.say('bob', `tampered with: ${how}`);
      await shown(
        carol.page.getByRole('heading', { name: 'The connection was changed on the way' }),
      ).toBeVisible();
      expect(tap.hasTampered).toBe(true);
      await carol.nothingForAxe();
      await carol.page.getByRole('button', { name: 'Connect again' }).click();
      await shown(carol.person('bob')).toBeAttached();
    },
  );

  it('with a wrong secret get nothing', async () => {
    const guest = await Guest.at(
      `${origin}/#${formatGuestLink({ ...linkOf(link), secret: randomBytes(32) })}`,
    );
    await guest.come('mallory');
    await shown(guest.page.getByRole('heading', { name: 'This link is no longer valid' })).toBeVisible();
    await guest.nothingForAxe();
    await guest.page.context().close();
  });

  it('refuse a guest who has the secret and plays the gateway', async () => {
    const impostor = await playGateway(linkOf(link).secret);
    const guest = await Guest.at(link);
    tap.target = impostor.path;
    await guest.come('frank');
    await shown(guest.page.getByRole('heading', { name: 'Another computer answers here' })).toBeVisible();
    expect(impostor.knocks).toEqual([]);
    await guest.nothingForAxe();
    await guest.page.context().close();
    tap.target = paths.host;
    impostor.close();
  });

  it('end when the host switches guests off', async () => {
    await alice.execute({ type: 'take-guests', on: false });
    for (const guest of [carol, dave, erin])
      await shown(guest.page.getByRole('heading', { name: 'Your host takes no guests now' })).toBeVisible();
    await dave.nothingForAxe();
  });

  it('keep only keys in their browser, and neither words nor names', async () => {
    for (const guest of [carol, dave, erin]) {
      const kept = await guest.storage();
      expect(keysIn(kept).length).toBeGreaterThan(0);
      expect([...words, ...Object.values(nicknames)].filter((text) => kept.includes(text))).toEqual([]);
    }
  });

  it('let no one on the network read their words, their names and their keys', async () => {
    const { secret, gatewayKeyHash } = linkOf(link);
    const ofGuests = await Promise.all(
      [carol, dave, erin].map(async (guest) => keysIn(await guest.storage())),
    );
    const keys = [secret, gatewayKeyHash, ...ofGuests.flat()].map((key) => Buffer.from(key));
    const hidden = [
      ...words,
      ...Object.values(nicknames),
      new URL(link).hash.slice(1),
      ...keys.flatMap((key) => [key.toString('hex'), key.toString('base64url'), encodeBase32(key)]),
    ];
    const recorded = tap.texts();
    const inLowerCase = recorded.map((text) => text.toLowerCase());
    const isThere = (text: string): boolean => inLowerCase.some((each) => each.includes(text.toLowerCase()));
    expect(hidden.filter(isThere)).toEqual([]);
    const bytes = keys.map((key) => key.toString('latin1'));
    expect(bytes.filter((key) => recorded.some((text) => text.includes(key)))).toEqual([]);
    // The recorder has what it should have: the page, and first messages with and without a link (PROTOCOL 12.6).
    expect(isThere('get / http/1.1')).toBe(true);
    for (const beginning of ['\x01\x00', '\x01\x01'])
      expect(recorded.some((text) => text.startsWith(beginning))).toBe(true);
  });
});

/** A page of a guest in Chromium. */
class Guest {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async at(address: string, options: BrowserContextOptions = {}): Promise<Guest> {
    if (browser === undefined) throw new Error('the browser does not run');
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.goto(address);
    return new Guest(page);
  }

  async come(nickname: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Nickname' }).fill(nickname);
    await this.page.getByRole('button', { name: 'Come in' }).click();
  }

  person(nickname: string) {
    return this.page.locator(`[data-testid="contact"][data-nickname="${nickname}"]`);
  }

  async open(nickname: string): Promise<void> {
    await this.#choose(this.person(nickname));
  }

  async openRoom(name: string): Promise<void> {
    await this.#choose(this.page.locator(`[data-testid="room"][data-name="${name}"]`));
  }

  /** A narrow page shows either the list or a conversation. */
  async #choose(row: Locator): Promise<void> {
    const back = this.page.getByRole('link', { name: 'Back to people' });
    await row.or(back).filter({ visible: true }).first().waitFor();
    if (!(await row.isVisible())) await back.click();
    await row.click();
  }

  async say(to: string, text: string): Promise<void> {
    const box = this.page.getByRole('textbox', { name: `Message to ${to}`, exact: true });
    await box.fill(text);
    // The page tells the gateway that the guest types. If the tap changes that message, the box is gone before the key.
    await this.page.keyboard.press('Enter');
  }

  message(text: string) {
    return this.page.locator('.bubble').getByText(text, { exact: true });
  }

  /** All that the page keeps in the browser. */
  storage(): Promise<string> {
    return this.page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage })');
  }

  async nothingForAxe(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
      [],
    );
  }
}

/** Notes words that must not be readable on the network. */
function newWords(text: string): string {
  words.push(text);
  return text;
}

/** How many messages with these words a user has. */
function heard({ chat }: JsonUser, text: string): number {
  const messages = [...chat.conversations.values()].flatMap((conversation) => conversation.messages);
  return messages.filter((message) => JSON.stringify(message).includes(JSON.stringify(text))).length;
}

/** Returns the bytes that are kept in hex, and the public keys of private ones. */
function keysIn(kept: string): Uint8Array[] {
  const bytes = [...kept.matchAll(/[0-9a-f]{32,}/gu)].map(([hex]) => fromHex(hex));
  return bytes.flatMap((key) => (key.length === 32 ? [key, guestKeysOf(key).publicKey] : [key]));
}

function linkOf(address: string): GuestLink {
  const parsed = parseGuestLink(new URL(address).hash);
  if (typeof parsed === 'string') throw new Error(`the link is ${parsed}`);
  return parsed;
}

function randomBytes(byteCount: number): Uint8Array {
  return randomFillSync(new Uint8Array(byteCount));
}

/** A program with another key that has the secret of the link. */
async function playGateway(secret: Uint8Array) {
  const knocks: unknown[] = [];
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    const channel = new GuestChannel({
      staticKeys: keyPairOf(randomBytes(32)),
      ephemeralKeys: () => keyPairOf(randomBytes(32)),
      secrets: [secret],
      isLinkRequired: false,
    });
    socket.on('message', (data: Buffer) => {
      const output = channel.receive(data);
      if (output.type === 'answer') socket.send(output.message);
      else knocks.push(output);
    });
  });
  const place = path.join(folder, 'impostor.sock');
  http.listen(place);
  await once(http, 'listening');
  return {
    path: place,
    knocks,
    close: () => {
      sockets.close();
      http.close();
    },
  };
}

async function startBridge({ within }: LabMachine, from: string, to: string): Promise<void> {
  const [command = '', ...rest] = within;
  const script = fileURLToPath(new URL('tcp-bridge.ts', import.meta.url));
  const bridge = spawn(command, [...rest, process.execPath, script, from, to], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  bridges.push(bridge);
  await once(bridge.stdout, 'data');
}

/** A browser that runs on this machine: Playwright talks to it by pipes, which cross network namespaces. */
async function launchOn({ within }: LabMachine): Promise<Browser> {
  const program = path.join(folder, 'chromium');
  const executable = presentChromium() ?? chromium.executablePath();
  fs.writeFileSync(program, `#!/bin/sh\nexec ${[...within, executable].join(' ')} "$@"\n`, { mode: 0o700 });
  return chromium.launch({ executablePath: program });
}
