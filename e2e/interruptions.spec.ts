import type { Page } from '@playwright/test';
import { arrived, Conversation } from './app-page.ts';
import type { Gateway, Gateways } from './gateways.ts';
import { expect, test } from './test.ts';
import { inRoom, twoUsers, type Pair } from './two-users.ts';

/** What is left of a direct conversation and of a room after the gateway, the computer or everything was out. */

test('UI 3, 17, 20: a lost gateway, a sleep and a restart of everything lose nothing, double nothing, and keep drafts', async ({
  gateways,
  open,
}) => {
  // A page with a replaced clock serves no other test.
  const pair = await twoUsers(gateways, open, {});
  const places = [new Place(await inRoom(pair)), new Place(pair)];
  await pair.alice.clock.install();
  for (const place of places) {
    await place.say('before');
    await place.pair.withAlice.open();
    await place.pair.withAlice.act('before', 'React with 👍');
    await place.isWhole();
  }
  const second =
    await test.step('UI 3, 20: a gateway is lost for a minute, and two tabs keep what is typed in a room and to a person', () =>
      gatewayIsLost(gateways, pair, places));
  const third =
    await test.step('UI 20: a message typed while the gateway is lost survives a reload of the tab', () =>
      tabIsReloaded(gateways, second, places));
  await test.step('UI 20: after a sleep of the computer, what came in the night is there once', () =>
    computerSleeps(third, pair.alice, places));
  await test.step('UI 3, 17, 20: the server and both gateways are killed and start again, and all is as it was', () =>
    everythingRestarts(gateways, { ...pair, aliceGateway: third }, places));
});

/** A room or a direct conversation of alice and bob, and what alice has said there. */
class Place {
  readonly pair: Pair;
  readonly #said: string[] = [];

  constructor(pair: Pair) {
    this.pair = pair;
  }

  get name(): string {
    return this.pair.withBob.name;
  }

  get draft(): string {
    return `half a thought for ${this.name}`;
  }

  /** `tab`: the conversation in another tab of alice. */
  async say(text: string, tab = this.pair.withBob): Promise<void> {
    await tab.open();
    await tab.say(text);
    this.#said.push(text);
  }

  /** Everything has arrived, and is there once in each browser. */
  async isWhole(): Promise<void> {
    const { withBob, withAlice } = this.pair;
    await Promise.all([withBob.open(), withAlice.open()]);
    for (const text of this.#said) await expect(withBob.state(text)).toHaveText(arrived);
    for (const [conversation, author] of [
      [withBob, 'me: '],
      [withAlice, 'them: '],
    ] as const) {
      const lines = async () => (await conversation.lines()).filter((line) => line.startsWith(author)).sort();
      await expect.poll(lines).toEqual(this.#said.map((text) => author + text).sort());
      await expect(conversation.message('before').getByTestId('reaction')).toHaveText(['👍1']);
    }
  }
}

const keptInTab = 'Saved in this tab until Chatagram is back';

/** Returns the gateway that runs afterwards. */
async function gatewayIsLost(
  gateways: Gateways,
  { alice, aliceGateway }: Pair,
  places: readonly Place[],
): Promise<Gateway> {
  const second = await alice.context().newPage();
  await second.goto(alice.url());
  await expect(new Conversation(second, 'bob').row).toBeVisible();
  await aliceGateway.kill('SIGKILL');
  const banner = alice.getByTestId('banner');
  await expect(banner).toContainText(/Chatagram on this computer has been unreachable since \d\d:\d\d\./);
  for (const place of places) {
    for (const text of ['in between', 'and more']) {
      await place.say(text);
      await expect(place.pair.withBob.state(text)).toHaveText(keptInTab);
    }
    await place.say('from the second tab', new Conversation(second, place.name));
    await place.pair.withBob.box.fill(place.draft);
  }
  await alice.clock.fastForward('01:00');
  await expect(banner).toContainText(/has been unreachable since \d\d:\d\d\./);
  await expect(banner).toContainText(/Next try in \d+\ss\.|Trying now …/);

  // The cookie outlives the restart: no new link is needed.
  const again = await gateways.again(aliceGateway);
  await expect(banner).toBeHidden({ timeout: 20_000 });
  for (const place of places) {
    await place.isWhole();
    const lines = await place.pair.withAlice.lines();
    expect(lines.indexOf('them: in between')).toBeLessThan(lines.indexOf('them: and more'));
    const inSecond = new Conversation(second, place.name);
    await inSecond.open();
    await expect.poll(() => inSecond.lines()).toEqual(await place.pair.withBob.lines());
    await expect(place.pair.withBob.box).toHaveValue(place.draft);
  }
  await second.close();
  return again;
}

async function tabIsReloaded(
  gateways: Gateways,
  gateway: Gateway,
  places: readonly Place[],
): Promise<Gateway> {
  await gateway.kill('SIGKILL');
  for (const place of places) {
    await place.say('kept in the tab');
    await place.pair.withBob.box.fill(place.draft);
  }
  const again = await gateways.again(gateway);
  await places[0]!.pair.alice.reload();
  for (const place of places) {
    await place.isWhole();
    await expect(place.pair.withBob.box).toHaveValue(place.draft);
  }
  return again;
}

/** A lid that is closed stops the gateway and the page. For both, the clock jumps. */
async function computerSleeps(gateway: Gateway, alice: Page, places: readonly Place[]): Promise<void> {
  const browser = await alice.context().newCDPSession(alice);
  gateway.pause();
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  for (const { pair } of places) {
    await pair.withAlice.open();
    await pair.withAlice.say('in the night');
  }
  await expect(places.at(-1)!.pair.withAlice.state('in the night')).toHaveText(/try [2-9]|On the server/);
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await alice.clock.fastForward('08:00:00');
  gateway.resume();
  for (const place of places) {
    const { withBob, withAlice } = place.pair;
    await withBob.open();
    await expect(withBob.message('in the night')).toHaveCount(1);
    await withAlice.open();
    await expect(withAlice.state('in the night')).toHaveText(arrived);
    await place.say('good morning');
    await place.isWhole();
  }
}

async function everythingRestarts(
  gateways: Gateways,
  { alice, bob, server, aliceGateway, bobGateway }: Pair,
  places: readonly Place[],
): Promise<void> {
  for (const place of places) {
    await place.say('this may have left or not');
    await place.pair.withBob.box.fill(place.draft);
  }
  const all = [server, aliceGateway, bobGateway];
  await Promise.all(all.map((gateway) => gateway.kill('SIGKILL')));
  await Promise.all(all.map((gateway) => gateways.again(gateway)));
  for (const page of [alice, bob]) await expect(page.getByTestId('banner')).toBeHidden({ timeout: 60_000 });
  for (const place of places) await place.isWhole();
  await Promise.all([alice.reload(), bob.reload()]);
  for (const place of places) {
    await place.isWhole();
    await expect(place.pair.withBob.message('in the night')).toHaveCount(1);
    await expect(place.pair.withBob.box).toHaveValue(place.draft);
    await expect(place.pair.withBob.row).not.toContainText('unread');
  }
}
