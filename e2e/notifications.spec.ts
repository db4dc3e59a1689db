import type { Page } from '@playwright/test';
import { Conversation, openRoom, openSettings, person, room, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import type { Gateways } from './gateways.ts';
import { expect, test } from './test.ts';
import { twoUsers, type Pair } from './two-users.ts';

interface Recorded {
  readonly title: string;
  readonly body: string;
  readonly isOpen: boolean;
}

test('UI 19: notifications are asked for on a click, and come only of what the user does not see', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const pair = await twoUsers(gateways, open);
  const { alice, withBob, withAlice } = pair;
  await recordNotifications(alice);
  await withBob.say('are you there?');
  await test.step('UI 19: the browser asks on a click in the settings, and not before', () =>
    isAskedFor(alice));
  await test.step('UI 19: a message elsewhere notifies by name, and a click opens its conversation', () =>
    opensOnClick(alice, withAlice));
  await test.step('UI 19: an open conversation notifies only while the user looks elsewhere', () =>
    isSilentWhileOpen(alice, withBob, withAlice));
  await test.step('UI 19: a setting shows the text', () => showsText(alice, withAlice));
  await test.step('UI 19: a message in a room notifies, and a click opens the room', async () => {
    await openRoom(pair.bob, 'everyone');
    await opensRoomOnClick(alice, new Conversation(pair.bob, '#everyone'));
  });
  expect(consoleErrors).toEqual([]);
  await test.step('UI 19: what waited on the server notifies of nothing, in both kinds of conversations', () =>
    isSilentOnBacklog(gateways, pair));
  await test.step('UI 19: a sound comes with a notification, until the user turns it off', () =>
    sounds(alice, withAlice));
  await test.step('UI 19: a muted conversation notifies of nothing', () => isMuted(alice, withAlice));
});

async function isAskedFor(alice: Page): Promise<void> {
  expect(await alice.evaluate(() => recorder.asked)).toBe(0);
  await alice.getByRole('button', { name: /^What counts as new in bob/ }).click();
  await expect(alice.getByRole('menuitem', { name: 'Allow notifications in this browser' })).toBeVisible();
  await nothingForAxeInLightAndDark(alice);
  await alice.keyboard.press('Escape');
  const settings = await openSettings(alice, 'alice');
  await nothingForAxeInLightAndDark(alice);
  await settings.getByRole('button', { name: 'Allow notifications in this browser' }).click();
  await expect(settings.getByTestId('notification-access')).toContainText(
    'notifies you while Chatagram is open',
  );
  expect(await alice.evaluate(() => recorder.asked)).toBe(1);
}

async function opensOnClick(alice: Page, withAlice: Conversation): Promise<void> {
  await withAlice.say('the secret plan');
  await expect.poll(() => recorded(alice)).toEqual([{ title: 'bob', body: 'New message', isOpen: true }]);
  await alice.evaluate(() => recorder.all[0]?.click());
  await expect(alice).toHaveURL(/\/c\/bob$/);
  await expect.poll(async () => (await recorded(alice))[0]?.isOpen).toBe(false);
}

async function isSilentWhileOpen(alice: Page, withBob: Conversation, withAlice: Conversation): Promise<void> {
  await withAlice.say('you see this');
  await expect(withBob.message('you see this')).toBeVisible();
  await setAttentive(alice, false);
  await withAlice.say('you are elsewhere');
  await expect.poll(() => recorded(alice)).toHaveLength(2);
  await setAttentive(alice, true);
  await expect.poll(async () => (await recorded(alice))[1]?.isOpen).toBe(false);
}

async function showsText(alice: Page, withAlice: Conversation): Promise<void> {
  const settings = await openSettings(alice, 'alice');
  await settings.getByRole('switch', { name: 'Show the text of messages in notifications' }).click();
  await expect(settings.getByRole('switch', { name: 'Show the text' })).toBeChecked();
  await withAlice.say('with *words*');
  await expect.poll(async () => (await recorded(alice))[2]?.body).toBe('with *words*');
}

async function sounds(alice: Page, withAlice: Conversation): Promise<void> {
  const settings = alice.getByTestId('settings');
  const notes = () => alice.evaluate(() => recorder.notes);
  const [shown, before] = [(await recorded(alice)).length, await notes()];
  await withAlice.say('with a sound');
  await expect.poll(() => recorded(alice)).toHaveLength(shown + 1);
  await expect.poll(notes).toBe(before + 2);
  const sound = settings.getByRole('switch', { name: 'Play a sound with notifications' });
  await sound.click();
  await expect(sound).not.toBeChecked();
  await withAlice.say('without a sound');
  await expect.poll(() => recorded(alice)).toHaveLength(shown + 2);
  expect(await notes()).toBe(before + 2);
  await settings.getByRole('link', { name: 'Back to the conversations' }).click();
}

async function opensRoomOnClick(alice: Page, ofBob: Conversation): Promise<void> {
  const settings = alice.getByTestId('settings');
  await settings.getByRole('switch', { name: 'Show the text' }).click();
  await expect(settings.getByRole('switch', { name: 'Show the text' })).not.toBeChecked();
  const before = (await recorded(alice)).length;
  await ofBob.say('to everyone');
  await expect.poll(() => recorded(alice)).toHaveLength(before + 1);
  expect((await recorded(alice)).at(-1)?.title).toContain('#everyone');
  await alice.evaluate(() => recorder.all.at(-1)?.click());
  await expect(alice).toHaveURL(/\/r\/everyone$/);
  await expect(new Conversation(alice, '#everyone').message('to everyone')).toBeVisible();
  await expect.poll(async () => (await recorded(alice)).at(-1)?.isOpen).toBe(false);
}

async function isSilentOnBacklog(
  gateways: Gateways,
  { alice, aliceGateway, withAlice, bob }: Pair,
): Promise<void> {
  const settings = await openSettings(alice, 'alice');
  const before = await recorded(alice);
  await aliceGateway.kill('SIGTERM');
  await new Conversation(bob, '#everyone').say('missed in the room');
  await withAlice.open();
  await withAlice.say('missed by alice');
  await expect(withAlice.state('missed by alice')).toHaveText('On the server until alice is back');
  await gateways.again(aliceGateway);
  await expect(person(alice, 'bob')).toContainText('1 unread');
  await expect(room(alice, 'everyone')).toContainText('1 unread');
  // An answer of the gateway comes after everything that it told before.
  await settings.getByRole('switch', { name: 'Show the text' }).click();
  await expect(settings.getByRole('switch', { name: 'Show the text' })).toBeChecked();
  expect(await recorded(alice)).toEqual(before);
}

async function isMuted(alice: Page, withAlice: Conversation): Promise<void> {
  await talkTo(alice, 'bob');
  const before = (await recorded(alice)).length;
  await alice.getByRole('button', { name: /^What counts as new in bob/ }).click();
  await expect(alice.getByRole('menuitem', { name: 'Allow notifications' })).toHaveCount(0);
  await alice.getByRole('menuitemradio', { name: 'Nothing (muted)' }).click();
  const settings = await openSettings(alice, 'alice');
  await withAlice.say('into the silence');
  await expect(person(alice, 'bob')).toContainText('1 unread');
  // An answer of the gateway comes after everything that it told before.
  await settings.getByRole('switch', { name: 'Show the text' }).click();
  await expect(settings.getByRole('switch', { name: 'Show the text' })).not.toBeChecked();
  expect(await recorded(alice)).toHaveLength(before);
}

interface Recorder {
  asked: number;
  /** So many notes were played. */
  notes: number;
  readonly all: { readonly title: string; readonly body: string; isOpen: boolean; click(): void }[];
}
declare const recorder: Recorder;

/** Records what the page notifies of. A browser without a screen shows no notifications and gives no permission. */
async function recordNotifications(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const recorder: Recorder = { asked: 0, notes: 0, all: [] };
    class RecordedOscillator extends OscillatorNode {
      override start(atS?: number): void {
        recorder.notes++;
        super.start(atS);
      }
    }
    class RecordedNotification extends EventTarget {
      static permission = 'default';
      static requestPermission(): Promise<string> {
        recorder.asked++;
        RecordedNotification.permission = 'granted';
        return Promise.resolve('granted');
      }
      readonly #record;
      constructor(title: string, { body = '' }: NotificationOptions) {
        super();
        this.#record = {
          title,
          body,
          isOpen: true,
          click: () => void this.dispatchEvent(new Event('click')),
        };
        recorder.all.push(this.#record);
      }
      close(): void {
        this.#record.isOpen = false;
      }
    }
    Object.assign(window, {
      recorder,
      Notification: RecordedNotification,
      OscillatorNode: RecordedOscillator,
    });
  });
  await page.reload();
}

function recorded(page: Page): Promise<Recorded[]> {
  return page.evaluate(() => recorder.all.map(({ title, body, isOpen }) => ({ title, body, isOpen })));
}

/** The user looks at another window, or comes back. */
async function setAttentive(page: Page, isAttentive: boolean): Promise<void> {
  await page.evaluate((has) => {
    document.hasFocus = () => has;
    window.dispatchEvent(new Event(has ? 'focus' : 'blur'));
  }, isAttentive);
}
