import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { node, type ServerGateway } from './gateways.ts';
import { says } from './terminal.ts';
import { expect, test } from './test.ts';

const dayMs = 86_400_000;

/** Makes a server that is switched off believe that it has run for so much longer. Its mail ages by that. */
function letRun(server: ServerGateway, ms: number): void {
  const file = path.join(server.start.dataFolder, 'servers', String(server.port), 'server.sqlite');
  // Playwright may run on a Node without node:sqlite.
  const script = `
    const [file, ms] = process.argv.slice(1);
    const database = new (require('node:sqlite').DatabaseSync)(file);
    database.prepare('UPDATE server SET running_ms = running_ms + ?').run(Number(ms));
    database.close();`;
  execFileSync(node, ['--eval', script, file, String(ms)]);
}

test('UI 17, UI 29: Retry delivers a failed message once, Discard removes it after a warning, by mouse, touch and keyboard', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server), { hasTouch: true });
  const bobsGateway = await gateways.client('bob', server);
  await expect(person(alice, 'bob')).toContainText('Online');
  const [tom, uma] = await Promise.all([gateways.terminal('tom', server), gateways.terminal('uma', server)]);
  await expect(person(alice, 'tom')).toContainText('Online');
  await expect(person(alice, 'uma')).toContainText('Online');
  await bobsGateway.kill('SIGTERM');
  await expect(person(alice, 'bob')).toContainText('Away');
  // At the prompt, it is the same.
  tom.write('send bob it is a surprise');
  uma.write('send bob bring nothing');
  for (const who of [tom, uma]) await says(who, 'bob is away. Your message waits on the server.');
  const withBob = await talkTo(alice, 'bob');
  const texts = ['come at six', 'bring cake', 'and tea'];
  await withBob.say(...texts);
  for (const text of texts) await expect(withBob.state(text)).toHaveText('On the server until bob is back');

  await server.kill('SIGTERM');
  letRun(server, 31 * dayMs);
  await gateways.again(server);
  for (const text of texts)
    await expect(withBob.state(text)).toHaveText('Failed: It waited on the server for too long.');
  const cake = withBob.message('bring cake');
  await expect(cake).toContainText('It may have arrived anyway.');
  await expect(cake.getByRole('button', { name: 'Discard' })).toHaveAccessibleDescription(
    'It may have arrived anyway.',
  );
  await nothingForAxeInLightAndDark(alice);
  await cake.getByRole('button', { name: 'Discard' }).click();
  await expect(cake).toBeHidden();
  await withBob.message('and tea').getByRole('button', { name: 'Discard' }).tap();
  await expect(withBob.message('and tea')).toBeHidden();
  const six = withBob.message('come at six');
  await six.getByRole('button', { name: 'Retry' }).press('Enter');
  await expect(withBob.state('come at six')).toHaveText('On the server until bob is back');
  await expect(six.getByRole('button', { name: /Retry|Discard/ })).toHaveCount(0);
  for (const who of [tom, uma]) await says(who, /too long.* Type retry bob or discard bob\./);
  uma.write('discard bob');
  await says(uma, 'Discarded 1 message. It may have arrived anyway.');
  tom.write('retry bob');
  await says(tom, 'Sending 1 message again.');

  const bob = await open(await gateways.again(bobsGateway));
  const withAlice = await talkTo(bob, 'alice');
  await expect(withBob.state('come at six')).toHaveText('Read');
  expect(await withAlice.lines()).toEqual(['them: come at six']);
  await says(tom, 'bob has now received your message.');
  await expect((await talkTo(bob, 'tom')).message('it is a surprise')).toBeVisible();
  await expect(person(bob, 'uma')).not.toContainText('bring nothing');
  await alice.reload();
  await expect.poll(() => withBob.lines()).toEqual(['me: come at six']);
});
