import type { Page } from '@playwright/test';
import { arrived, type Conversation, person, talkTo } from './app-page.ts';
import type { Gateway } from './gateways.ts';
import { says } from './terminal.ts';
import { expect, test } from './test.ts';

test('a user at the prompt and a user of the browser talk, leave and return', async ({ gateways, open }) => {
  const server = await gateways.server();
  const [alicesGateway, tom] = await Promise.all([
    gateways.client('alice', server),
    gateways.terminal('tom', server),
  ]);
  const alice = await open(alicesGateway);
  await expect(person(alice, 'tom')).toContainText('Online');
  const withTom = await test.step('the terminal and a browser talk, both ways', () =>
    talkBothWays(alice, tom));
  await test.step('at the prompt, read receipts are shown and can be disabled', () =>
    disableReceipts(withTom, tom));
  await test.step('the prompt lists users, refuses an unknown nickname, and says goodbye', () =>
    commandsOfPrompt(alice, withTom, tom));
  await test.step('at the end of the input, everything is delivered and the program exits with 0', async () => {
    const uma = await gateways.terminal('uma', server);
    for (const count of ['one', 'two', 'three']) uma.write(`send alice ${count}`);
    uma.endInput();
    expect(await uma.exited).toEqual({ code: 0, signal: null });
    const withUma = await talkTo(alice, 'uma');
    await expect.poll(() => withUma.lines()).toEqual(['them: one', 'them: two', 'them: three']);
    await expect(person(alice, 'uma')).toContainText('Away');
  });
});

async function talkBothWays(alice: Page, tom: Gateway): Promise<Conversation> {
  tom.write('send alice hello from the prompt');
  const withTom = await talkTo(alice, 'tom');
  await expect(withTom.message('hello from the prompt')).toBeVisible();
  await expect.poll(() => tom.stdout).toContain('alice received your message.');

  await withTom.say('and hello from the browser');
  await expect(withTom.state('and hello from the browser')).toHaveText(arrived);
  await says(tom, /^\[\d\d:\d\d\] alice: and hello from the browser$/);
  await expect
    .poll(() => withTom.lines())
    .toEqual(['them: hello from the prompt', 'me: and hello from the browser']);
  return withTom;
}

async function disableReceipts(withTom: Conversation, tom: Gateway): Promise<void> {
  await says(tom, 'alice has read your message.');
  await expect(withTom.state('and hello from the browser')).toHaveText('Read');
  tom.write('receipts off');
  await says(tom, 'Others are not told when you have read their messages.');
  await withTom.say('again');
  await says(tom, 'alice: again');
  tom.write('send alice I have it');
  await expect(withTom.message('I have it')).toBeVisible();
  await expect(withTom.state('again')).toHaveText(/Delivered/);
}

async function commandsOfPrompt(alice: Page, withTom: Conversation, tom: Gateway): Promise<void> {
  const printed = (line: string) => expect.poll(() => tom.stdout).toContain(line);
  tom.write('clients');
  await printed('alice | Online');
  await printed('tom | Online');
  tom.write('send norbert are you there');
  await printed('No Record of that Client');

  tom.write('dereg');
  await printed("You're Offline. Bye.");
  await expect(person(alice, 'tom')).toContainText('Away');
  await withTom.say('for later');
  await expect(withTom.state('for later')).toHaveText('On the server until tom is back');
  tom.write('reg');
  await printed('You Have Messages');
  await says(tom, /^\[\d\d:\d\d\] alice: for later$/);
  await expect(withTom.state('for later')).toHaveText(arrived);

  // A send was refused above (norbert). The exit code tells a script.
  tom.endInput();
  expect(await tom.exited).toEqual({ code: 1, signal: null });
  await expect(person(alice, 'tom')).toContainText('Away');
}
