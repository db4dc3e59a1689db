import { openSettings, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';

test('a user who shares it is shown with the time last online, in the app and at the prompt', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  // A page with a replaced clock serves no other test.
  const alice = await open(await gateways.client('alice', server), {});
  const bobsGateway = await gateways.client('bob', server);
  const bob = await open(bobsGateway);
  const zoe = await gateways.terminal('zoe', server);
  zoe.write('last-seen');
  await expect
    .poll(() => zoe.stdout)
    .toContainEqual(expect.stringContaining('Others do not see when you were last online.'));

  const settings = await openSettings(bob, 'bob');
  const choice = settings.getByRole('switch', { name: 'Let others see when I was last online' });
  await expect(choice).not.toBeChecked();
  await choice.click();
  await expect(choice).toBeChecked();

  await alice.clock.install();
  await talkTo(alice, 'bob');
  const presence = alice.getByTestId('presence');
  await expect(presence).toHaveText('Online');
  await bobsGateway.kill('SIGTERM');
  await expect(presence).toHaveText('Away, last seen just now');
  // The text changes as time passes, without any event.
  await alice.clock.fastForward('05:10');
  await expect(presence).toHaveText('Away, last seen 5 minutes ago');
  await alice.clock.fastForward('26:00:00');
  await expect(presence).toHaveText(/^Away, last seen (yesterday at|on) /);
  await expect
    .poll(() => {
      zoe.write('clients');
      return zoe.stdout;
    })
    .toContainEqual(expect.stringMatching(/bob \| Offline, last seen (just now|1 minute ago)/));

  // Zoe has not changed the setting.
  zoe.write('dereg');
  await talkTo(alice, 'zoe');
  await expect(presence).toHaveText('Away');
});
