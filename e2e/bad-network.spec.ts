import { person, talkTo, type Conversation } from './app-page.ts';
import { expect, test } from './test.ts';

/** gateway/simulation/chat/bad-network.test.ts shows the same of 200. */
const messagesEachWay = 40;
/** Only against hanging: each lost packet takes half a second. */
const arrivalTimeoutMs = 6 * 60_000;

test('on a network that loses 20 % and doubles 10 %, each message is shown once and in order', async ({
  gateways,
  open,
}) => {
  test.setTimeout(arrivalTimeoutMs + 2 * 60_000);
  const server = await gateways.server({ lab: 'loss=20,dup=10,seed=1' });
  const alice = await open(await gateways.client('alice', server, { lab: 'loss=20,dup=10,seed=2' }));
  const bob = await open(await gateways.client('bob', server, { lab: 'loss=20,dup=10,seed=3' }));
  await expect(alice.getByText('Lab: loss=20,dup=10,seed=2').filter({ visible: true })).toBeVisible();
  await expect(person(alice, 'bob')).toContainText('Online', { timeout: 30_000 });
  await expect(person(bob, 'alice')).toContainText('Online', { timeout: 30_000 });
  const withBob = await talkTo(alice, 'bob');
  const withAlice = await talkTo(bob, 'alice');

  const fromAlice = numbered('alice');
  const fromBob = numbered('bob');
  await Promise.all([withBob.say(...fromAlice), withAlice.say(...fromBob)]);

  await expect
    .poll(async () => [(await received(withAlice)).length, (await received(withBob)).length], {
      timeout: arrivalTimeoutMs,
      intervals: [1_000],
    })
    .toEqual([messagesEachWay, messagesEachWay]);
  expect(await received(withAlice)).toEqual(fromAlice);
  expect(await received(withBob)).toEqual(fromBob);
  expect(await sent(withBob)).toEqual(fromAlice);
  expect(await sent(withAlice)).toEqual(fromBob);

  // Both sides know that each message has arrived. A late copy changes nothing.
  for (const conversation of [withBob, withAlice]) {
    const states = () =>
      conversation.messages.evaluateAll((all) => [
        ...new Set(all.map((each) => each.dataset['state'] ?? '')),
      ]);
    const unsure = async () => (await states()).filter((state) => !/^(delivered|read|received)$/.test(state));
    await expect.poll(unsure, { timeout: 60_000 }).toEqual([]);
  }
  expect(await received(withAlice)).toEqual(fromAlice);
  expect(await received(withBob)).toEqual(fromBob);

  // A reload shows the same, from the disk of the gateway.
  await bob.reload();
  await expect(withAlice.messages).not.toHaveCount(0);
  const newest = (await received(withAlice)).slice(-10);
  expect(newest).toEqual(fromAlice.slice(-newest.length));
});

function numbered(who: string): string[] {
  return Array.from({ length: messagesEachWay }, (_, at) => `${who} ${at + 1} of ${messagesEachWay}`);
}

async function received(conversation: Conversation): Promise<string[]> {
  return withPrefix(await conversation.lines(), 'them: ');
}

async function sent(conversation: Conversation): Promise<string[]> {
  return withPrefix(await conversation.lines(), 'me: ');
}

function withPrefix(lines: readonly string[], prefix: string): string[] {
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}
