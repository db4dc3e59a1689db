import { devices, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { freeTcpPort } from '../gateway/system-tests/free-port.ts';
import { arrived, chooseInMenu, Conversation, openRoom, openSettings, person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import type { Gateway, Gateways, ServerGateway } from './gateways.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';

const { userAgent } = devices['Pixel 7'];
const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  userAgent,
  hasTouch: true,
  isMobile: true,
};

/** alice takes guests, and is told at the prompt what to do. */
class Host {
  readonly server: ServerGateway;
  gateway: Gateway;
  readonly link: string;

  private constructor(server: ServerGateway, gateway: Gateway, link: string) {
    this.server = server;
    this.gateway = gateway;
    this.link = link;
  }

  static async start(gateways: Gateways): Promise<Host> {
    const server = await gateways.server();
    const at = `127.0.0.1:${await freeTcpPort()}`;
    const gateway = await gateways.terminal('alice', server, ['--guests', '--guests-at', at]);
    const link = await lineWith(gateway, /^http:\/\/\S+#\w{79}$/u, 'guests');
    return new Host(server, gateway, link);
  }

  /** Without the secret, as a visitor types it. */
  get address(): string {
    return new URL('/', this.link).href;
  }

  type(command: string): void {
    this.gateway.write(command);
  }

  async restart(gateways: Gateways): Promise<void> {
    await this.gateway.kill('SIGKILL');
    this.gateway = await gateways.again(this.gateway);
  }
}

/** Types the command until a line of the prompt is like this. */
async function lineWith(gateway: Gateway, wanted: RegExp, command: string): Promise<string> {
  const find = (): string | undefined => gateway.stdout.find((line) => wanted.test(line));
  await expect(() => {
    if (find() === undefined) gateway.write(command);
    expect(find()).toBeDefined();
  }).toPass();
  return find() ?? '';
}

async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(url);
  return page;
}

async function come(page: Page, nickname: string): Promise<Conversation> {
  await page.getByRole('textbox', { name: 'Nickname' }).fill(nickname);
  await page.getByRole('button', { name: 'Come in' }).click();
  const everyone = new Conversation(page, '#everyone');
  await expect(everyone.box).toBeEnabled();
  return everyone;
}

/** Everything that the browser keeps of the page. */
function kept(page: Page): Promise<string> {
  return page.evaluate(() =>
    JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), history.state]),
  );
}

test('UI 23, 24, 58: a guest comes in by a link on a phone, and talks in a room and with a person', async ({
  browser,
  gateways,
  open,
}) => {
  const host = await Host.start(gateways);
  const carol = await open(await gateways.client('carol', host.server));
  const zoe = await visit(browser, host.link, phone);
  await nothingForAxeInLightAndDark(zoe);
  await expect(zoe.getByText('It does not stop a person who changes this page.')).toBeVisible();
  const everyone = await come(zoe, 'zoe');
  await nothingForAxeInLightAndDark(zoe);
  await test.step('in a room', async () => {
    await everyone.say('hello from a phone');
    const atCarol = await openRoom(carol, 'everyone');
    await expect(atCarol.message('hello from a phone')).toBeVisible();
    await expect(carol.getByRole('log').getByText('zoe, guest of alice:')).toHaveCount(1);
    await expect(carol.getByRole('log').getByText('guest of alice', { exact: true })).toBeVisible();
    await atCarol.say('hello guest');
    await expect(everyone.message('hello guest')).toBeVisible();
  });
  await test.step('both ways with a person, who sees that zoe is a guest', async () => {
    await expect(person(carol, 'zoe')).toContainText('guest of alice');
    await zoe.goBack();
    const withCarol = await talkTo(zoe, 'carol');
    await withCarol.say('just for you');
    await expect(withCarol.state('just for you')).toHaveText(arrived);
    const atCarol = await talkTo(carol, 'zoe');
    await expect(atCarol.message('just for you')).toBeVisible();
    await atCarol.say('thanks');
    await expect(withCarol.message('thanks')).toBeVisible();
  });
  await test.step('the browser keeps no name and no message, and the address bar no link', async () => {
    expect(zoe.url()).toBe(host.address);
    expect(await zoe.title()).toBe('Chatagram');
    const text = await kept(zoe);
    for (const word of ['zoe', 'carol', 'everyone', 'just for you', 'thanks'])
      expect(text).not.toContain(word);
  });
  await zoe.context().close();
});

test('UI 58: a guest without a link waits, compares four words with the host, and is let in', async ({
  browser,
  gateways,
}) => {
  const host = await Host.start(gateways);
  const yan = await visit(browser, host.address, phone);
  await yan.getByRole('textbox', { name: 'Nickname' }).fill('yan');
  await yan.getByRole('button', { name: 'Come in' }).click();
  const words = yan.getByTestId('four-words').getByRole('listitem');
  await expect(words).toHaveCount(4);
  const shown = (await words.allTextContents()).join(' ');
  await lineWith(host.gateway, new RegExp(`^1 \\| yan \\| waits .*\\| ${shown}$`, 'u'), 'guests');
  await nothingForAxeInLightAndDark(yan);
  await yan.getByText('Stay on this Wi-Fi').click();
  await expect(yan.getByRole('combobox', { name: 'Your device' })).toHaveValue('android');
  await expectInsideWindow(yan.getByTestId('four-words'));
  host.type('admit 1');
  await expect(new Conversation(yan, '#everyone').box).toBeEnabled();
  await yan.context().close();
});

test('UI 58: a guest is the same person after a reload, in a second tab and after a restart of the gateway, and what was typed in between is sent once', async ({
  browser,
  gateways,
}) => {
  const host = await Host.start(gateways);
  const zoe = await visit(browser, host.link);
  await (await come(zoe, 'zoe')).say('before');
  await zoe.reload();
  const everyone = await openRoom(zoe, 'everyone');
  await expect(everyone.message('before')).toBeVisible();
  const tab = await zoe.context().newPage();
  await tab.goto(host.address);
  const inTab = await openRoom(tab, 'everyone');
  await expect(inTab.message('before')).toBeVisible();
  await host.gateway.kill('SIGKILL');
  await expect(zoe.getByTestId('banner')).toContainText('Your host’s computer has been unreachable');
  await nothingForAxeInLightAndDark(zoe);
  await everyone.say('while you were away');
  await expect(everyone.state('while you were away')).toHaveText(
    'Only in this page: keep it open until your host is back',
  );
  await host.restart(gateways);
  await expect(everyone.state('while you were away')).toHaveText(/Delivered|Sent/u);
  await expect(inTab.message('while you were away')).toHaveCount(1);
  await lineWith(host.gateway, /^1 \| zoe \| here/u, 'guests');
  await zoe.context().close();
});

test('UI 23, 24, 58: a guest comes in with a browser that forbids storage, and reads what that means', async ({
  browser,
  gateways,
}) => {
  const host = await Host.start(gateways);
  const zoe = await (await browser.newContext(phone)).newPage();
  await zoe.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
  });
  await zoe.goto(host.link);
  const means = 'This browser keeps nothing: after a reload you are a new guest.';
  await expect(zoe.getByText(means)).toBeVisible();
  await nothingForAxeInLightAndDark(zoe);
  await (await come(zoe, 'zoe')).say('without a place to keep anything');
  const hint = zoe.getByTestId('page-hint');
  await expect(hint).toContainText(means);
  await nothingForAxeInLightAndDark(zoe);
  await test.step('the hint on the Wi-Fi comes after it', async () => {
    await hint.getByRole('button', { name: 'Close' }).click();
    await expect(hint).toContainText('This Wi-Fi may have no internet.');
    await hint.getByRole('button', { name: 'Close' }).click();
    await expect(hint).toBeHidden();
  });
  await zoe.goBack();
  await chooseInMenu(zoe, 'zoe', 'What this page protects');
  await expect(zoe.getByRole('dialog')).toContainText(means);
  await zoe.context().close();
});

test('UI 4, 58: a guest sees that the chat opens until it is drawn, and what is typed until then is in the message box', async ({
  browser,
  gateways,
}) => {
  const host = await Host.start(gateways);
  const zoe = await visit(browser, host.link);
  const releases: (() => void)[] = [];
  const held = new Map(
    ['GuestApp', 'Chat', 'RoomPane'].map((part) => [
      part,
      new Promise<void>((resolve) => releases.push(resolve)),
    ]),
  );
  for (const [part, released] of held)
    await zoe.route(`**/assets/${part}-*.js`, async (route) => {
      await released;
      await route.continue();
    });
  await zoe.getByRole('textbox', { name: 'Nickname' }).fill('zoe');
  await zoe.getByRole('button', { name: 'Come in' }).click();
  const heading = zoe.getByRole('heading', { name: 'Opening the chat …' });
  const box = new Conversation(zoe, '#everyone').box;
  await expect(heading).toBeVisible();
  for (const [part, word] of ['how ', 'are you? ', 'I am well'].entries()) {
    await zoe.keyboard.type(word);
    await expect(heading).toBeVisible();
    releases[part]!();
  }
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('how are you? I am well');
  await zoe.keyboard.type('!');
  await expect(box).toHaveValue('how are you? I am well!');
  await zoe.context().close();
});

test('UI 58: a guest reads why a visit ended, and what to do', async ({ browser, gateways }) => {
  const host = await Host.start(gateways);
  const zoe = await visit(browser, host.link, phone);
  await come(zoe, 'zoe');
  const heading = zoe.getByRole('heading', { level: 1 });
  await test.step('switched off, and on again', async () => {
    host.type('guests off');
    await expect(heading).toHaveText('Your host takes no guests now');
    await nothingForAxeInLightAndDark(zoe);
    host.type('guests on');
    await lineWith(host.gateway, /^1 \| zoe \| away/u, 'guests');
    await zoe.getByRole('button', { name: 'Try again' }).click();
    await expect(new Conversation(zoe, '#everyone').box).toBeEnabled();
  });
  await test.step('an earlier link', async () => {
    const late = await visit(browser, host.link);
    await late.getByRole('textbox', { name: 'Nickname' }).fill('late');
    await late.getByRole('button', { name: 'Come in' }).click();
    await expect(late.getByRole('heading', { name: 'This link is no longer valid' })).toBeVisible();
    await late.getByRole('button', { name: 'Ask without a link' }).click();
    await expect(late.getByRole('textbox', { name: 'Nickname' })).toBeVisible();
    expect(late.url()).toBe(host.address);
    await late.context().close();
  });
  await test.step('half a link', async () => {
    const half = await visit(browser, host.link.slice(0, -20));
    await expect(half.getByRole('heading', { name: 'A part of this link is missing' })).toBeVisible();
    await nothingForAxeInLightAndDark(half);
    await half.context().close();
  });
  await test.step('removed', async () => {
    host.type('bar 1');
    await expect(heading).toHaveText('You cannot come in here');
    await nothingForAxeInLightAndDark(zoe);
  });
  await zoe.context().close();
});

test('UI 58: a guest sees only what a guest may do, and leaves for good after a question', async ({
  browser,
  gateways,
}) => {
  const host = await Host.start(gateways);
  const zoe = await visit(browser, host.link);
  await come(zoe, 'zoe');
  await expect(zoe.getByRole('button', { name: 'Browse rooms' })).toBeVisible();
  await expect(zoe.getByRole('button', { name: 'New room' })).toBeHidden();
  await expect(zoe.getByTestId('invitation')).toBeHidden();
  const settings = await openSettings(zoe, 'zoe');
  await expect(settings.getByRole('heading', { name: 'What others see' })).toBeVisible();
  for (const name of ['Browsers', 'Data on this computer', 'Wipe all chats'])
    await expect(settings.getByRole('heading', { name })).toBeHidden();
  await nothingForAxeInLightAndDark(zoe);
  await chooseInMenu(zoe, 'zoe', 'What this page protects');
  await expect(zoe.getByRole('dialog')).toContainText('This browser keeps only your guest key');
  await zoe.keyboard.press('Escape');
  await chooseInMenu(zoe, 'zoe', 'Leave this chat');
  const question = zoe.getByRole('dialog', { name: 'Leave this chat?' });
  await nothingForAxeInLightAndDark(zoe);
  await question.getByText('Stay', { exact: true }).click();
  await expect(zoe.getByRole('button', { name: 'Menu for zoe' })).toBeFocused();
  await chooseInMenu(zoe, 'zoe', 'Leave this chat');
  await question.getByRole('button', { name: 'Leave and erase' }).click();
  await expect(zoe.getByRole('heading', { name: 'You have left' })).toBeVisible();
  expect(await zoe.evaluate(() => localStorage.length)).toBe(0);
  await lineWith(host.gateway, /^There are no guests\.$/u, 'guests');
  const another = await zoe.context().newPage();
  await another.goto(host.link);
  await come(another, 'zoe');
  await zoe.context().close();
});
