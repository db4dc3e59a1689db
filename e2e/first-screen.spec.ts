import type { Page } from '@playwright/test';
import {
  arrived,
  chooseInMenu,
  Conversation,
  firstScreen,
  hostFromFirstScreen,
  joinFromFirstScreen,
  openRoom,
  unfoldAddress,
  recordTexts,
  person,
  talkTo,
} from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { defaultServerPort } from '../shared/address.ts';
import { freeUdpPort } from '../gateway/system-tests/free-port.ts';
import { type Gateway, takePort, withHostingPorts } from './gateways.ts';
import { says } from './terminal.ts';
import { expect, test } from './test.ts';

// "Start a chat here" takes the first free port from 50000 on: two tests at once would take each other's.
test.describe.configure({ mode: 'default' });

test('UI 26: a nickname and one button start a chat; another user joins at the address on the screen; the chat comes back there', async ({
  gateways,
  open,
}) => {
  const otherProgram = await takePort(defaultServerPort);
  const hostsGateway = await gateways.app('host');
  const host = await open(hostsGateway);
  const guest = await open(await gateways.app('guest'));
  const address = await test.step('UI 26: a nickname and one button start a chat', () =>
    startChat(host, hostsGateway));
  await test.step('an address that needs two lines has its key on a line of its own', () =>
    expectKeyOnOneLine(host, address));
  await test.step('a mistyped key in the address is refused, because no server has it', async () => {
    expect(address).toMatch(/#([0-9a-z]{4}-){3}[0-9a-z]{4}$/u);
    const mistyped = `${address.slice(0, -1)}${address.endsWith('0') ? '1' : '0'}`;
    await joinFromFirstScreen(guest, 'gustav', mistyped);
    await expect(firstScreen(guest).server).toHaveAccessibleDescription(/does not have the key after #/u);
  });
  const withHanna =
    await test.step('UI 26: another user joins at the address on the screen, and they talk', () =>
      joinAndTalk(host, guest, address));
  const returned =
    await test.step('a hosted chat comes back at its address, with its users and messages', async () => {
      const gateway = await withHostingPorts(async () => {
        await hostsGateway.kill('SIGKILL');
        await withHanna.say('in between');
        await expect(guest.getByTestId('banner')).toContainText('has been unreachable');
        // The port is free now, but it still belongs to another chat.
        otherProgram?.close();
        const again = await gateways.again(hostsGateway);
        // The open tab goes on with its chat by itself.
        await expect(host.getByTestId('own-state')).toHaveText('Online');
        expect(await shownAddress(host)).toBe(address);
        return again;
      });
      await expect(guest.getByTestId('banner')).toBeHidden({ timeout: 30_000 });
      await expect(withHanna.state('in between')).toHaveText(arrived);
      const withGustav = await talkTo(host, 'gustav');
      await expect
        .poll(() => withGustav.lines())
        .toEqual(['them: Found you', 'me: Welcome', 'them: in between']);
      return gateway;
    });
  await test.step('while another program has its port, the chat comes back on another one, and the app says so', async () => {
    await withHostingPorts(async () => {
      await returned.kill('SIGKILL');
      const taken = await takePort(portOf(address));
      await gateways.again(returned);
      await expect(host.getByTestId('own-state')).toHaveText('Online');
      const invitation = host.getByTestId('invitation');
      await expect(invitation).toContainText(`Another program uses port ${portOf(address)}`);
      expect(portOf(await shownAddress(host))).not.toBe(portOf(address));
      taken?.close();
    });
  });
});

function portOf(address: string): number {
  return Number(/:(\d+)#/u.exec(address)?.[1]);
}

async function startChat(host: Page, hostsGateway: Gateway): Promise<string> {
  await hostFromFirstScreen(host, 'hanna');
  await expect(host.getByRole('heading', { name: 'You are the first one here' })).toBeVisible();
  const address = await shownAddress(host);
  await expect
    .poll(() => hostsGateway.stderr)
    .toContainEqual(expect.stringContaining(`thers join at ${address}`));
  return address;
}

async function expectKeyOnOneLine(page: Page, address: string): Promise<void> {
  const [, key = ''] = address.split('#');
  const shown = page.getByTestId('invitation').getByText(`#${key}`, { exact: true });
  const lineHeight = await shown.evaluate((element) => parseFloat(getComputedStyle(element).lineHeight));
  expect((await shown.boundingBox())?.height).toBeLessThan(1.5 * lineHeight);
}

async function joinAndTalk(host: Page, guest: Page, address: string): Promise<Conversation> {
  await joinFromFirstScreen(guest, 'gustav', address);
  await expect(person(guest, 'hanna')).toContainText('Online');
  await expect(person(host, 'gustav')).toContainText('Online');

  await openRoom(host, 'everyone');
  await expect(host.getByText('You are the owner, because you run the server')).toBeVisible();
  const withHanna = await talkTo(guest, 'hanna');
  await withHanna.say('Found you');
  await expect(withHanna.state('Found you')).toHaveText(arrived);
  const withGustav = await talkTo(host, 'gustav');
  await withGustav.say('Welcome');
  await expect(withGustav.state('Welcome')).toHaveText(arrived);
  await expect.poll(() => withHanna.lines()).toEqual(['me: Found you', 'them: Welcome']);
  // The address stays at hand for the next one.
  await expect(host.getByTestId('invitation')).toContainText(address);
  return withHanna;
}

test('three people on one laptop start with no options but their names, and others by the command line', async ({
  gateways,
  open,
}) => {
  const shared = { data: 'laptop', http: 'next-free' } as const;
  const ada = await open(await gateways.app('ada', { ...shared, discovery: true }));
  await hostFromFirstScreen(ada, 'ada');
  const address = await shownAddress(ada);
  const ben = await open(await gateways.app('ben', shared));
  await joinFromFirstScreen(ben, 'ben', address);
  const cleo = await open(await gateways.app('cleo', { ...shared, discovery: true }));
  await test.step('UI 26: a nickname and one click lead to a sent message in a chat that the first screen has found', async () => {
    await firstScreen(cleo).nickname.fill('cleo');
    await cleo
      .getByTestId('nearby-chat')
      .filter({ hasText: address.replace(/^.*#/u, '') })
      .click();
    const everyone = new Conversation(cleo, '#everyone');
    await expect(everyone.box).toBeFocused();
    await cleo.keyboard.type('Hello all');
    await cleo.keyboard.press('Enter');
    await expect(everyone.message('Hello all')).toBeVisible();
    await expect(person(cleo, 'ada')).toContainText('Online');
    await expect((await openRoom(ada, 'everyone')).message('Hello all')).toBeVisible();
  });

  const users = { ada, ben, cleo };
  await test.step('three people with no options but their names talk', () => eachTalksToEach(users));
  await test.step('a server and clients with names on the command line share their folder', async () => {
    const port = portOf(address);
    const [server] = await Promise.all([
      gateways.server({ data: 'laptop' }),
      gateways.client('dora', { port }, { data: 'laptop' }),
    ]);
    for (const page of Object.values(users)) await expect(person(page, 'dora')).toContainText('Online');
    // The folder has an ada of another chat, too.
    await gateways.client('ada', server, { data: 'laptop' });
    await says(server, /^ada registered at /);
  });
});

async function eachTalksToEach(users: Readonly<Record<string, Page>>): Promise<void> {
  for (const [name, page] of Object.entries(users)) {
    for (const other of Object.keys(users).filter((each) => each !== name)) {
      await expect(person(page, other)).toContainText('Online');
      const conversation = await talkTo(page, other);
      await conversation.say(`${name} greets ${other}`);
      await expect(conversation.state(`${name} greets ${other}`)).toHaveText(arrived);
    }
  }
  for (const [name, page] of Object.entries(users)) {
    for (const other of Object.keys(users).filter((each) => each !== name)) {
      const conversation = await talkTo(page, other);
      await expect
        .poll(async () => (await conversation.lines()).toSorted())
        .toEqual([`me: ${name} greets ${other}`, `them: ${other} greets ${name}`]);
    }
  }
}

test('the first screen explains each failed join, and a returning user finds the chat on it', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const [alicesGateway, gateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.app('newcomer'),
  ]);
  const newcomer = await open(gateway);
  await test.step('wrong input is explained at its field', () => wrongInput(newcomer));
  const silent = `127.0.0.1:${await freeUdpPort()}`;
  await test.step('a first join without an answer returns to the form, and says what to check', () =>
    joinWithoutAnswer(newcomer, silent));
  await test.step('a join that is not answered yet can be given up', () => giveUpJoin(newcomer, silent));

  await test.step('a nickname in use is refused in the form, and the suggestion works', () =>
    nicknameInUse(newcomer, server.port));
  await test.step('a returning user finds the chat on the first screen, and its history', async () => {
    const alice = await open(alicesGateway);
    const withAlice = await talkTo(newcomer, 'alice');
    await withAlice.say('See you tomorrow');
    await expect(withAlice.state('See you tomorrow')).toHaveText(arrived);

    // A tab that stays open would go on with the chat by itself.
    await newcomer.goto('about:blank');
    await gateway.kill('SIGTERM');
    await expect(person(alice, 'Alice2')).toContainText('Away');
    const newGateway = await gateways.again(gateway);
    await newcomer.goto(newGateway.link);
    await newcomer.getByRole('button', { name: `Continue as Alice2, 127.0.0.1:${server.port}` }).click();
    await expect(person(alice, 'Alice2')).toContainText('Online');
    const again = await talkTo(newcomer, 'alice');
    await expect.poll(() => again.lines()).toEqual(['me: See you tomorrow']);
  });
});

async function wrongInput(page: Page): Promise<void> {
  const { nickname, server, start, join } = firstScreen(page);
  await start.click();
  await expect(nickname).toHaveAccessibleDescription('Enter a nickname first.');
  await expect(nickname).toBeFocused();

  const wrongNicknames = {
    'two words':
      'Use letters, digits, punctuation or emoji. Spaces, a # at the start, and characters that cannot be seen are not allowed.',
    '#everyone':
      'Use letters, digits, punctuation or emoji. Spaces, a # at the start, and characters that cannot be seen are not allowed.',
    ['x'.repeat(33)]: 'That is too long. Use at most 32 characters.',
  };
  for (const [wrong, sentence] of Object.entries(wrongNicknames)) {
    await nickname.fill(wrong);
    await start.click();
    await expect(nickname).toHaveAccessibleDescription(sentence);
    await expect(nickname).toHaveAttribute('aria-invalid', 'true');
  }

  await nickname.fill('nina');
  await unfoldAddress(page);
  const wrongServers = {
    'the pier': 'Enter the address like 192.168.1.7 or 192.168.1.7:50000.',
    '192.168.1':
      'An IPv4 address has four numbers from 0 to 255, like 192.168.1.7. None of them begins with an extra 0.',
    '0.0.0.0': 'This address stands for all addresses of a computer. Enter the one from the other screen.',
    '127.0.0.1:70000': 'Enter a port from 1 to 65535.',
    '127.0.0.1:port': 'Enter a port from 1 to 65535.',
  };
  for (const [wrong, sentence] of Object.entries(wrongServers)) {
    await server.fill(wrong);
    await join.click();
    await expect(server).toHaveAccessibleDescription(sentence);
    await expect(server).toBeFocused();
    await expect(nickname).toHaveAttribute('aria-invalid', 'false');
  }
  // The typed text is still there.
  await expect(nickname).toHaveValue('nina');
  await expect(server).toHaveValue('127.0.0.1:port');
}

async function joinWithoutAnswer(page: Page, silent: string): Promise<void> {
  const { nickname, server, join } = firstScreen(page);
  const buttons = await recordTexts(page, 'button[type=submit]');
  await joinFromFirstScreen(page, 'nina', silent);
  await expect(server).toHaveAccessibleDescription(
    /does not answer\. Please check:.*same network.*firewall/s,
  );
  await expect(nickname).toHaveValue('nina');
  await expect(server).toHaveValue(silent);
  await expect(join).toBeEnabled();
  expect(await buttons()).toContain(`Connecting to ${silent} …`);
}

async function giveUpJoin(page: Page, silent: string): Promise<void> {
  const { server, join } = firstScreen(page);
  // A quick person: the whole join takes 2.5 s, which a busy machine may need for a click.
  await page.evaluate(() => {
    new MutationObserver((_changes, observer) => {
      const cancel = [...document.querySelectorAll('button')].find((each) => each.innerText === 'Cancel');
      if (cancel === undefined) return;
      observer.disconnect();
      cancel.click();
    }).observe(document, { subtree: true, childList: true });
  });
  await joinFromFirstScreen(page, 'nina', silent);
  await expect(join).toBeEnabled();
  await expect(server).toHaveValue(silent);
  await expect(server).toHaveAttribute('aria-invalid', 'false');
}

async function nicknameInUse(newcomer: Page, port: number): Promise<void> {
  await joinFromFirstScreen(newcomer, 'Alice', `127.0.0.1:${port}`);
  const form = firstScreen(newcomer);
  await expect(form.nickname).toHaveAccessibleDescription(/Nickname is already taken\./);
  await expect(form.nickname).toBeFocused();
  await newcomer.getByRole('button', { name: 'Use Alice2' }).click();
  await expect(form.nickname).toHaveValue('Alice2');
  await form.join.click();
  await expect(person(newcomer, 'alice')).toContainText('Online');
  await expect(newcomer.getByTestId('own-state')).toHaveText('Online');
}

/** The address that the host reads to the others. */
async function shownAddress(page: Page): Promise<string> {
  const invitation = page.getByTestId('invitation');
  await expect(invitation).toContainText(/thers join at/);
  return invitation.locator('.address').innerText();
}

test('UI 26: the first screen has the nickname of the last chat, and removes the texts of another data folder when the user says so', async ({
  gateways,
  open,
}) => {
  const gateway = await gateways.client('alice', await gateways.server());
  const page = await open(gateway, {});
  const form = firstScreen(page);
  const earlierTexts = page.getByTestId('earlier-texts');
  const keptTexts = () =>
    page.evaluate(() =>
      Object.keys(localStorage).filter((key) => localStorage.getItem(key) === 'half a thought'),
    );
  await (await openRoom(page, 'everyone')).box.fill('half a thought');
  await test.step('the nickname is in the form, also after a reload, and the texts of the chat are kept for its return', async () => {
    await chooseInMenu(page, 'alice', 'Leave this chat');
    await expect(form.nickname).toHaveValue('alice');
    await page.reload();
    await expect(form.nickname).toHaveValue('alice');
    await expect(earlierTexts).toBeHidden();
    expect(await keptTexts()).toHaveLength(1);
  });
  await test.step('with another data folder at the same address, there is no nickname, and a button removes the texts', async () => {
    await gateway.kill('SIGTERM');
    const other = await gateways.app('other', { http: { of: gateway } });
    await page.goto('about:blank');
    await page.goto(other.link);
    await expect(form.nickname).toHaveValue('');
    await expect(earlierTexts).toContainText('texts that were not sent in earlier chats');
    await nothingForAxeInLightAndDark(page);
    expect(await keptTexts()).toHaveLength(1);
    await earlierTexts.getByRole('button', { name: 'Remove them' }).press('Enter');
    await expect(earlierTexts).toBeHidden();
    await expect(form.nickname).toBeFocused();
    expect(await keptTexts()).toEqual([]);
    await page.reload();
    await expect(form.nickname).toBeVisible();
    await expect(earlierTexts).toBeHidden();
  });
});
