import type { Locator, Page } from '@playwright/test';
import {
  chooseInMenu,
  firstScreen,
  hostFromFirstScreen,
  joinFromFirstScreen,
  person,
  talkTo,
} from './app-page.ts';
import { nothingForAxe, nothingForAxeInLightAndDark } from './axe.ts';
import { withManyPeople } from './many-people.ts';
import { says } from './terminal.ts';
import { expectAbove } from './layout.ts';
import { expect, test } from './test.ts';

const item = "Operator's page";

/** The second letter is Cyrillic. */
const lookAlike = 'bоb';
/** As long as a nickname can be. */
const longName = 'a'.repeat(32);

test('UI 7, 23, 24, 51: a host sees the people of the chat on the operator’s page, releases a nickname, bans one, and sets the quotas', async ({
  gateways,
  open,
}) => {
  const host = await open(await gateways.app('host'), {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
  });
  await hostFromFirstScreen(host, longName);
  const page = host.getByTestId('operator');
  await test.step('UI 24: at 320 px the steps to join end above the bar of the user, and the operator’s page fits, light and dark', () =>
    fitsNarrowScreen(host, page));
  await host.keyboard.press('Escape');
  await host.setViewportSize({ width: 1280, height: 720 });

  const address = await host.getByText(/:\d+#/).first().innerText();
  const port = /:(\d+)#/u.exec(address)?.[1] ?? '';
  const bob = await open(await gateways.app('bob'));
  await joinFromFirstScreen(bob, 'bob', `127.0.0.1:${port}`);
  await expect(bob.getByTestId('own-state')).toHaveText('Online');
  await test.step('UI 7: a user who does not host has nothing to manage, and Esc closes the menu', () =>
    nothingToManage(bob));
  await test.step('UI 23: Cancel changes nothing', () => cancelRelease(host, page));
  await test.step('UI 24: beside the list, the people are cards at 1280 px, and a table in a wider window', async () => {
    await peopleAreShownAs('cards', host, 320);
    await peopleAreShownAs('cards', host, 640);
    await peopleAreShownAs('cards', host, 1280);
    await peopleAreShownAs('table', host, 1440);
    await host.setViewportSize({ width: 1280, height: 720 });
  });
  await test.step('UI 7: the host sets the quotas, and Esc leads back to the chat', () =>
    setQuotas(host, page));
  await test.step('the host bans a user for a week and lifts the ban, and bans no address of this computer', () =>
    banAndLift(page, bob));
  const newcomer = await open(await gateways.app('newcomer'));
  await test.step('a nickname that looks like one that is taken is refused, and the form suggests another', async () => {
    await joinFromFirstScreen(newcomer, lookAlike, `127.0.0.1:${port}`);
    await expect(newcomer.getByText('This looks like a nickname that is already taken.')).toBeVisible();
    await expect(newcomer.getByRole('button', { name: `Use ${lookAlike}2` })).toBeVisible();
  });
  await test.step('the host releases a nickname', async () => {
    await page.getByRole('button', { name: 'Release bob' }).click();
    await page.getByRole('button', { name: 'Release bob now' }).click();
    await expect(page.getByText('The nickname bob is free now.')).toBeVisible();
    await expect(page.getByTestId('person-row')).toHaveText([new RegExp(longName)]);
    await expect(bob.getByTestId('banner')).toContainText('has released your nickname');
  });
  await test.step('the app marks two contacts with names that look alike', async () => {
    await host.keyboard.press('Escape');
    await firstScreen(newcomer).join.click();
    await expect(newcomer.getByTestId('own-state')).toHaveText('Online');
    await marksLookAlikes(host);
  });
});

async function marksLookAlikes(host: Page): Promise<void> {
  await expect(person(host, 'bob')).toContainText(`Looks like ${lookAlike}`);
  await expect(person(host, lookAlike)).toContainText(/Looks like bob, key [0-9a-f]{4} [0-9a-f]{4}/);
  const withNewcomer = await talkTo(host, lookAlike);
  const notice = host.getByTestId('look-alike-notice');
  await expect(notice).toContainText(`The name ${lookAlike} looks like bob`);
  await expect(notice).toContainText(/The key of this person begins with [0-9a-f]{4} [0-9a-f]{4}\./);
  await notice.getByText('Safety number', { exact: true }).click();
  await expect(notice.getByTestId('safety-number')).toBeVisible();
  await expect(host.getByRole('img', { name: 'Looks like bob' })).toBeVisible();
  await withNewcomer.say('who are you?');
  await nothingForAxeInLightAndDark(host);
}

async function fitsNarrowScreen(host: Page, page: Locator): Promise<void> {
  await expectAbove(host.getByRole('listitem').last(), host.getByTestId('own-state'));
  await chooseInMenu(host, longName, item);
  await page.getByRole('button', { name: /^Release a/ }).click();
  await expect(page.getByRole('textbox', { name: 'Longest wait' })).toHaveValue('30');
  await nothingForAxeInLightAndDark(host);
  const wider = await page.evaluate((element) =>
    [element, ...element.querySelectorAll<HTMLElement>('*')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );
  expect(wider).toEqual([]);
}

async function nothingToManage(bob: Page): Promise<void> {
  await bob.getByRole('button', { name: 'Menu for bob' }).click();
  await expect(bob.getByRole('menuitem', { name: 'Leave this chat' })).toBeVisible();
  await expect(bob.getByRole('menuitem', { name: item })).toHaveCount(0);
  await bob.keyboard.press('Escape');
  await expect(bob.getByRole('menu')).toBeHidden();
  await expect(bob.getByRole('button', { name: 'Menu for bob' })).toBeFocused();
}

async function cancelRelease(host: Page, page: Locator): Promise<void> {
  await chooseInMenu(host, longName, item);
  await expect(host).toHaveTitle(/^Operator's page · /u);
  const rows = page.getByTestId('person-row');
  await expect(rows).toHaveText([new RegExp(`${longName}.*Online`, 'su'), /bob.*Online/su]);
  await page.getByRole('button', { name: 'Release bob' }).click();
  await expect(page.getByTestId('question')).toContainText('anyone can take the nickname');
  await nothingForAxe(host);
  await page.getByRole('button', { name: 'Cancel' }).click();
  const release = page.getByRole('button', { name: 'Release bob' });
  await expect(release).toBeFocused();
  // UI 55: the keyboard has no other way to the whole key.
  await host.keyboard.press('Tab');
  await host.keyboard.press('Shift+Tab');
  await expect(release).toHaveAccessibleDescription(/bob\s+[0-9a-f]{16}\s+127\.0\.0\.1:\d+/);
}

async function banAndLift(page: Locator, bob: Page): Promise<void> {
  await expect(page.getByRole('button', { name: `Ban ${longName}` })).toHaveCount(0);
  await page.getByRole('button', { name: 'Ban bob', exact: true }).click();
  const question = page.getByTestId('question');
  await expect(question).toContainText('With a new key, this person can come in again.');
  const howLong = question.getByLabel('How long');
  // The arrow at the end stands beside the words.
  expect(
    await howLong.evaluate((select) => parseFloat(getComputedStyle(select).paddingRight)),
  ).toBeGreaterThan(22);
  await howLong.selectOption('For 7 days');
  await page.getByRole('button', { name: 'Ban bob now' }).click();
  await expect(page.getByText('bob is banned.')).toBeVisible();
  await expect(bob.getByTestId('banner')).toContainText('has banned you');
  await expect(page.getByTestId('ban')).toHaveText([/bob\s+Until /]);
  await page.getByRole('textbox', { name: 'Nickname, key or address' }).fill('127.0.0.1');
  await page.getByRole('region', { name: 'Bans' }).getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByText('You cannot ban yourself or this computer.')).toBeVisible();
  await page.getByRole('button', { name: 'Lift the ban of bob' }).click();
  await expect(page.getByTestId('ban')).toHaveCount(0);
  await bob.getByRole('button', { name: 'Try again' }).click();
  await expect(bob.getByTestId('own-state')).toHaveText('Online');
}

async function setQuotas(host: Page, page: Locator): Promise<void> {
  const days = page.getByRole('textbox', { name: 'Longest wait' });
  const save = page.getByRole('button', { name: 'Save' });
  await expect(days).toHaveValue('30');
  await days.fill('0');
  await expect(page.getByText('Enter a whole number from 1 to 36,500.')).toBeVisible();
  await expect(save).toBeDisabled();
  await days.fill('7');
  await save.click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await host.keyboard.press('Escape');
  await expect(page).toBeHidden();
  await expect(host.getByRole('button', { name: `Menu for ${longName}` })).toBeFocused();
  await chooseInMenu(host, longName, item);
  await expect(days).toHaveValue('7');
}

test('UI 53: the operator of a server without a chat sees 2,000 people with hostile names, the traffic and the log', async ({
  gateways,
  open,
  consoleErrors,
}) => {
  const server = await withManyPeople(gateways, await gateways.server(), 2_000, 'hostile');
  const page = await open(server, { viewport: { width: 1440, height: 900 } });
  const rows = page.getByTestId('person-row');
  await expect(page.getByTestId('people-count')).toHaveText('2,000 people, 0 online');
  await test.step('only the rows that are seen are in the page, and each name stays in its cell', () =>
    staysInCells(page));
  await test.step('UI 23: axe finds nothing, light and dark', () => nothingForAxeInLightAndDark(page));
  await test.step('UI 24: alone, the people are a table at 1280 px, and cards in a narrower window', async () => {
    await peopleAreShownAs('table', page, 1280);
    await peopleAreShownAs('cards', page, 1024, true);
    await peopleAreShownAs('table', page, 1440);
  });
  await test.step('a search and an order are answered by the gateway', async () => {
    await page.getByRole('searchbox', { name: 'Find by nickname, address or key' }).fill('person199');
    await expect(rows).toHaveCount(7);
    await page.getByRole('button', { name: 'Last seen' }).focus();
    await page.keyboard.press('Enter');
    await expect(rows.first()).toHaveAttribute('data-nickname', 'person199');
    await expect(page.getByRole('columnheader', { name: 'Last seen' })).toHaveAttribute(
      'aria-sort',
      'descending',
    );
  });
  await test.step('a refused newcomer is in the figures and in the log, without the nickname', async () => {
    const alice = await gateways.client('alice', server);
    await expect.poll(() => alice.stderr.join(' ')).toContain('http');
    await gateways.client('person1', server);
    await expect(page.getByTestId('refusals')).toContainText('nickname-taken');
    await expect(page.getByTestId('log-lines')).toContainText(/refused 127\.0\.0\.1:\d+: nickname-taken/u);
    await expect(page.getByTestId('log-lines')).not.toContainText(/alice|person1/u);
    await expect(page.getByRole('img', { name: /^Datagrams a second: / })).toBeVisible();
    await expect(page.getByTestId('figures').last()).toContainText(/[1-9]\d* refused/u);
  });
  await test.step('a reload keeps the figures of the last five minutes', async () => {
    await page.reload();
    await expect(page.getByTestId('refusals')).toContainText('nickname-taken');
  });
  await test.step('the window of the server prints a link for another browser', async () => {
    server.write('link');
    await says(server, /^Open http:\S+#s=/u);
  });
  expect(consoleErrors).toEqual([]);
});

async function staysInCells(page: Page): Promise<void> {
  const rows = page.getByTestId('person-row');
  expect(await rows.count()).toBeLessThan(60);
  const outside = await rows.evaluateAll((all) =>
    all.flatMap((row) =>
      [...row.querySelectorAll<HTMLElement>('.name bdi')]
        .filter((name) => {
          const cell = name.parentElement!.getBoundingClientRect();
          const box = name.getBoundingClientRect();
          return box.left < cell.left - 1 || box.right > cell.right + 1 || row.clientHeight > 48;
        })
        .map(({ textContent }) => textContent),
    ),
  );
  expect(outside).toEqual([]);
  await expect(page.getByRole('table', { name: 'People' })).toHaveAttribute('aria-rowcount', '2001');
}

/** A card has the name above the address, and a row of the table has all its cells beside each other. */
async function peopleAreShownAs(
  form: 'cards' | 'table',
  page: Page,
  width: number,
  isLong = false,
): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  const shown = () =>
    page.getByRole('group', { name: 'Table of people' }).evaluate((scroll) => {
      const rows = [...scroll.querySelectorAll<HTMLElement>('[data-testid="person-row"]')];
      const isCard = (row: HTMLElement) => {
        const [name, address] = ['.name', '.address'].map((cell) =>
          row.querySelector(cell)!.getBoundingClientRect(),
        );
        return address!.top >= name!.bottom;
      };
      const standsOut = (row: HTMLElement, index: number) => {
        const { left, right, top } = row.getBoundingClientRect();
        const above = rows[index - 1]?.getBoundingClientRect();
        return (
          (above !== undefined && above.bottom > top + 1) ||
          [...row.querySelectorAll('button, [role="cell"]')].some((part) => {
            const box = part.getBoundingClientRect();
            return box.left < left || box.right > right;
          })
        );
      };
      return {
        forms: [...new Set(rows.map((row) => (isCard(row) ? 'cards' : 'table')))],
        keyColumns: new Set(rows.map((row) => row.querySelector('.key')!.getBoundingClientRect().left)).size,
        isBound: getComputedStyle(scroll).maxHeight !== 'none',
        standOut: rows.filter(standsOut).map(({ dataset }) => dataset['nickname']),
        isTooWide:
          scroll.scrollWidth > scroll.clientWidth || document.documentElement.scrollWidth > innerWidth,
      };
    });
  // A few cards are in the page as a whole.
  const isBound = form === 'table' || isLong;
  await expect.poll(shown).toEqual({ forms: [form], keyColumns: 1, isBound, standOut: [], isTooWide: false });
}
