import { arrived, person, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('the terminal and a browser talk, both ways', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const terminal = await gateways.terminal('tom', server);
  await expect(person(alice, 'tom')).toContainText('Online');

  terminal.write('send alice hello from the prompt');
  const withTom = await talkTo(alice, 'tom');
  await expect(withTom.message('hello from the prompt')).toBeVisible();
  await expect.poll(() => terminal.stdout).toContain('alice received your message.');

  await withTom.say('and hello from the browser');
  await expect(withTom.state('and hello from the browser')).toHaveText(arrived);
  await expect
    .poll(() => terminal.stdout)
    .toContainEqual(expect.stringMatching(/^\[\d\d:\d\d\] alice: and hello from the browser$/));
  await expect
    .poll(() => withTom.lines())
    .toEqual(['them: hello from the prompt', 'me: and hello from the browser']);
});

test('the prompt lists users, refuses an unknown nickname, and says goodbye', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  const terminal = await gateways.terminal('tom', server);
  const printed = (line: string) => expect.poll(() => terminal.stdout).toContain(line);

  terminal.write('clients');
  await printed('alice | Online');
  await printed('tom | Online');
  terminal.write('send norbert are you there');
  await printed('No Record of that Client');

  const withTom = await talkTo(alice, 'tom');
  terminal.write('dereg');
  await printed("You're Offline. Bye.");
  await expect(person(alice, 'tom')).toContainText('Away');
  await withTom.say('for later');
  await expect(withTom.state('for later')).toHaveText('On the server until tom is back');
  terminal.write('reg');
  await printed('You Have Messages');
  await expect
    .poll(() => terminal.stdout)
    .toContainEqual(expect.stringMatching(/^\[\d\d:\d\d\] alice: for later$/));
  await expect(withTom.state('for later')).toHaveText(arrived);

  // A send was refused above (norbert). The exit code tells a script.
  terminal.endInput();
  expect(await terminal.exited).toEqual({ code: 1, signal: null });
  await expect(person(alice, 'tom')).toContainText('Away');
});

test('at the end of the input, everything is delivered and the program exits with 0', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  await expect(alice.getByTestId('own-state')).toHaveText('Online');
  const terminal = await gateways.terminal('tom', server);
  for (const count of ['one', 'two', 'three']) terminal.write(`send alice ${count}`);
  terminal.endInput();
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
  const withTom = await talkTo(alice, 'tom');
  await expect.poll(() => withTom.lines()).toEqual(['them: one', 'them: two', 'them: three']);
  await expect(person(alice, 'tom')).toContainText('Away');
});
