import { expect, type Locator, type Page } from '@playwright/test';
import { withHostingPorts } from './gateways.ts';

/** The app as a user finds the way in it: by names, words and roles. */

export function firstScreen(page: Page) {
  return {
    nickname: page.getByRole('textbox', { name: 'Nickname' }),
    server: page.getByRole('textbox', { name: 'Server address' }),
    start: page.getByRole('button', { name: 'Start a chat here' }),
    join: page.getByRole('button', { name: 'Join', exact: true }),
  };
}

/** Unfolds the address on the first screen. */
export async function unfoldAddress(page: Page): Promise<void> {
  const { server } = firstScreen(page);
  const summary = page.getByText('Join by address', { exact: true });
  await summary.waitFor();
  if (!(await server.isVisible())) await summary.click();
  await expect(server).toBeVisible();
}

/** Starts a chat on this computer, and waits until the app shows the address at which others join. */
export async function hostFromFirstScreen(page: Page, nickname: string): Promise<void> {
  const form = firstScreen(page);
  await form.nickname.fill(nickname);
  await withHostingPorts(async () => {
    await form.start.click();
    await expect(page.getByTestId('invitation')).toContainText(/thers join at/);
  });
}

export async function joinFromFirstScreen(page: Page, nickname: string, server: string): Promise<void> {
  const form = firstScreen(page);
  await unfoldAddress(page);
  await form.nickname.fill(nickname);
  await form.server.fill(server);
  await form.join.click();
}

export function person(page: Page, nickname: string): Locator {
  return page.getByTestId('contact').and(page.locator(`[data-nickname=${JSON.stringify(nickname)}]`));
}

export async function talkTo(page: Page, nickname: string): Promise<Conversation> {
  await person(page, nickname).click();
  return new Conversation(page, nickname);
}

/** A room in the list at the left. `name` is without its `#`. */
export function room(page: Page, name: string): Locator {
  return page.getByTestId('room').and(page.locator(`[data-name=${JSON.stringify(name)}]`));
}

export async function openRoom(page: Page, name: string): Promise<Conversation> {
  await room(page, name).click();
  return new Conversation(page, `#${name}`);
}

export async function createRoom(
  page: Page,
  name: string,
  access: 'Open' | 'By invitation' = 'Open',
): Promise<Conversation> {
  await page.getByRole('button', { name: 'New room' }).click();
  const dialog = page.getByRole('dialog', { name: 'New room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('radio', { name: new RegExp(`^${access}`) }).check();
  await dialog.getByRole('button', { name: 'Create the room' }).click();
  if (access === 'By invitation') {
    const invites = page.getByRole('dialog', { name: `Invite people to #${name}` });
    await expect(invites.getByRole('combobox', { name: 'Invite someone' })).toBeFocused();
    return new Conversation(page, `#${name}`);
  }
  await expect(page.getByRole('heading', { name: `#${name}`, exact: true })).toBeVisible();
  return new Conversation(page, `#${name}`);
}

/** Finds the room in the list of all, and joins it. */
export async function joinRoom(page: Page, name: string): Promise<Conversation> {
  await page.getByRole('button', { name: 'Browse rooms' }).click();
  await page.getByRole('button', { name: `Join #${name}` }).click();
  const conversation = new Conversation(page, `#${name}`);
  await expect(conversation.box).toBeEnabled();
  return conversation;
}

export async function chooseInMenu(page: Page, nickname: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Menu for ${nickname}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Opens the settings, and returns the page with them. */
export async function openSettings(page: Page, nickname: string): Promise<Locator> {
  await chooseInMenu(page, nickname, 'Settings');
  const settings = page.getByTestId('settings');
  await expect(settings.getByRole('heading', { name: 'Settings' })).toBeFocused();
  return settings;
}

/**
 * Records every text that matching elements show from now on. On a busy machine, a state can pass faster than a test
 * asks for it. The result returns the texts so far.
 */
export async function recordTexts(page: Page, selector: string): Promise<() => Promise<string[]>> {
  const recorded = await page.evaluateHandle((matching) => {
    const texts = new Set<string>();
    const look = () => {
      for (const element of document.querySelectorAll(matching)) texts.add(element.textContent.trim());
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    look();
    return texts;
  }, selector);
  return () => recorded.evaluate((texts) => [...texts]);
}

/** A finger stays on a message until its menu opens (UI 29). Closes the menu. */
export async function longPress(page: Page, text: string): Promise<void> {
  const bubble = page.getByTestId('message').filter({ hasText: text }).locator('.bubble');
  // While the log scrolls, no message takes a touch.
  await bubble.click({ trial: true });
  const at = await bubble.boundingBox();
  if (at === null) throw new Error('the message has no place');
  const devtools = await page.context().newCDPSession(page);
  const touchPoints = [{ x: at.x + at.width / 2, y: at.y + at.height / 2 }];
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await expect(page.getByRole('menuitem', { name: 'Copy text' })).toBeVisible();
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
}

/**
 * UI 24: the controls that a finger does not hit with certainty. A target has 44 px each way, with what its `::after` adds, or it is
 * a part of a text.
 */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = 'button, a[href], input, textarea, summary, [role="menuitem"], [role="switch"]';
    const sizeOf = (control: Element): [number, number] => {
      // A click on the words beside a small box does the same.
      const element =
        (control.matches('[type="radio"], [type="checkbox"]') && control.closest('label')) || control;
      const { width, height } = element.getBoundingClientRect();
      const area = getComputedStyle(element, '::after');
      if (area.content === 'none' || area.position !== 'absolute') return [width, height];
      return [Math.max(width, parseFloat(area.width)), Math.max(height, parseFloat(area.height))];
    };
    return [...document.querySelectorAll(controls)]
      .filter((element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }))
      .filter((element) => element.closest('.bubble, .visually-hidden, .off-screen') === null)
      .filter((element) => sizeOf(element).some((pixels) => pixels > 1 && pixels < 43.5))
      .map((element) => `${element.outerHTML.slice(0, 120)} ${sizeOf(element).join(' x ')}`);
  });
}

/** The state of a message that the recipient's gateway has. The recipient may have read it already. */
export const arrived = /Delivered|Read/;

/** The open conversation of a page. */
export class Conversation {
  readonly name: string;
  /** Its row in the list at the left. */
  readonly row: Locator;
  readonly box: Locator;
  readonly log: Locator;
  readonly messages: Locator;
  readonly jump: Locator;

  readonly #page: Page;

  /** `nickname`: of the other person, or the name of a room with its `#`. */
  constructor(page: Page, nickname: string) {
    this.#page = page;
    this.name = nickname;
    this.row = nickname.startsWith('#') ? room(page, nickname.slice(1)) : person(page, nickname);
    this.box = page.getByRole('textbox', { name: `Message to ${nickname}`, exact: true });
    this.log = page.getByRole('log', { name: `Messages with ${nickname}`, exact: true });
    this.messages = this.log.getByTestId('message');
    this.jump = page.getByRole('button', { name: 'Jump to latest' });
  }

  /** Opens it from the list. */
  async open(): Promise<void> {
    await this.row.click();
    await expect(this.log).toBeVisible();
  }

  async say(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.box.fill(text);
      await this.box.press('Enter');
    }
  }

  /** The message with exactly these words of its own. A reply also shows words of its original. */
  message(text: string): Locator {
    const words = this.#page.locator('.bubble').getByText(text, { exact: true });
    return this.messages.filter({ has: words });
  }

  /** Chooses what to do with the message with these words. */
  async act(text: string, item: string): Promise<void> {
    await this.message(text).getByRole('button', { name: 'Message actions' }).click();
    await this.#page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** The state under a message of mine, in words. */
  state(text: string): Locator {
    return this.message(text).getByTestId('delivery');
  }

  /** What is shown from top to bottom, as `me: …` and `them: …`. */
  async lines(): Promise<string[]> {
    return this.messages.evaluateAll((messages) =>
      messages.map((message) => {
        const words = message.querySelector<HTMLElement>('.bubble')?.innerText ?? '';
        return `${message.dataset['direction'] === 'out' ? 'me' : 'them'}: ${words}`;
      }),
    );
  }
}

/** Runs in the page. Returns the placeholders that are wider than their fields. */
export function cutPlaceholders(): string[] {
  const pen = document.createElement('canvas').getContext('2d');
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('[placeholder]')];
  return fields
    .filter((field) => {
      const { fontSize, fontFamily, paddingLeft, paddingRight } = getComputedStyle(field);
      if (pen === null || field.clientWidth === 0) return false;
      pen.font = `${fontSize} ${fontFamily}`;
      const room = field.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      return pen.measureText(field.placeholder).width > room;
    })
    .map(({ placeholder }) => placeholder);
}
