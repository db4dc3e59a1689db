import { firstScreen, talkTo } from '../app-page.ts';
import type { Gateways } from '../gateways.ts';
import { Actor } from './actor.ts';
import type { Pictures } from './pictures.ts';
import type { StoryClock } from './story-clock.ts';
import { StoryNetwork } from './story-network.ts';

/** The first screen, with three chats on the local network. One of them wants a join code. */
export async function firstScreenPicture(
  gateways: Gateways,
  clock: StoryClock,
  pictures: Pictures,
): Promise<void> {
  await clock.moveTo('today 09:20');
  const network = new StoryNetwork();
  const hosts = [
    ['polaris-bridge', '192.168.1.7'],
    ['room-204', '192.168.1.31'],
    ['chemistry-lab', '192.168.1.48'],
  ] as const;
  for (const [name, address] of hosts) {
    const environment = { ...clock.environment(), STORY_HOST_NAME: name, STORY_ADDRESS: address };
    const server = await gateways.server({ discovery: true, environment });
    network.name(server.port, `${address}:50000`);
    if (name === 'chemistry-lab') server.write('join-code on');
  }
  const gateway = await gateways.app('first', { discovery: true, environment: clock.environment() });
  const page = await pictures.open(gateway.link, { width: 1280, height: 860 }, clock, network);
  await firstScreen(page).nickname.fill('Mara');
  await page
    .getByTestId('nearby-chat')
    .nth(hosts.length - 1)
    .waitFor();
  await pictures.take(page, 'first-screen');
  await page.close();
}

/** Emil's firewall lets in answers only, so Noor does not reach him. His computer tells what it sees. */
export async function checkPicture(gateways: Gateways, clock: StoryClock, pictures: Pictures): Promise<void> {
  await clock.moveTo('today 09:20');
  const host = '192.168.1.9';
  const { port } = await gateways.server({ environment: clock.onLan(host) });
  const server = { host, port };
  const noor = await Actor.join(gateways, 'Noor', server, clock, { environment: clock.onLan('192.168.1.7') });
  const emil = await Actor.join(gateways, 'Emil', server, clock, {
    environment: clock.onLan('192.168.1.31', 'answers-only'),
  });
  const look = { width: 1280, height: 1080 } as const;
  const page = await pictures.open(noor.gateway.link, look, clock, new StoryNetwork());
  const withEmil = await talkTo(page, emil.nickname);
  await withEmil.say('My messages to you take the way over the server. I look at the connection.');
  const answer = 'Thanks! My laptop is new, and maybe too careful.';
  await emil.say('Noor', answer);
  await withEmil.message(answer).waitFor();
  await page.getByRole('button', { name: 'Connection with Emil' }).click();
  await page.getByRole('button', { name: 'Check the connection' }).click();
  await page.getByTestId('check-status').and(page.locator('[data-over="true"]')).waitFor();
  await pictures.take(page, 'check');
  await page.close();
}

/** A network course on a bad network (`--lab`). */
export async function connectionPicture(
  gateways: Gateways,
  clock: StoryClock,
  pictures: Pictures,
): Promise<void> {
  await clock.moveTo('today 10:01');
  const server = await gateways.server({ environment: clock.environment() });
  const network = new StoryNetwork();
  network.name(server.port, '192.168.1.31:50000');
  const options = { lab: 'loss=20,dup=10,delay=50±30' };
  const noor = await Actor.join(gateways, 'Noor', server, clock, options);
  const [emil, sato, lucia] = await Promise.all(
    ['Emil', 'Sato', 'Lucía'].map((name) => Actor.join(gateways, name, server, clock)),
  );
  const look = { width: 1440, height: 900, scheme: 'dark' } as const;
  const page = await pictures.open(noor.gateway.link, look, clock, network);
  const room = await sato!.createRoom('networks-course', 'Exercise 4: loss, duplicates and delay');
  for (const actor of [noor, emil!, lucia!]) await actor.joinRoom(room);
  await sato!.announce('#networks-course', 'Today each of you breaks the network, on one side only.');
  await lucia!.say('#networks-course', 'Mine drops a third. It still works!');
  const withEmil = await talkTo(page, 'Emil');
  await clock.moveTo('today 10:04');
  await emil!.say('Noor', 'I began with `--lab loss=20`. What did you take?');
  await page.getByText('What did you take?').last().waitFor();
  await clock.moveTo('today 10:05');
  for (const text of [
    '```\nnpm start -- --lab loss=20,dup=10,delay=50±30\n```',
    'A fifth of my datagrams is gone, and still all messages are there, *once and in order*.',
  ]) {
    await withEmil.say(text);
    await emil!.find('Noor', text);
  }
  await clock.moveTo('today 10:07');
  await emil!.say('Noor', 'The panel counts the lost ones.');
  await withEmil.message('The panel counts the lost ones.').waitFor();
  await clock.moveTo('today 10:09');
  for (const text of ['And each of them was sent again.', 'I try stop-and-wait next: it is slower here.']) {
    await withEmil.say(text);
    await emil!.find('Noor', text);
  }
  const closing = await emil!.find('Noor', 'I try stop-and-wait next: it is slower here.');
  await emil!.react('Noor', closing, '🎉');
  await withEmil.message('I try stop-and-wait next: it is slower here.').getByText('🎉').waitFor();
  await pictures.take(page, 'connection-dark');
  await page.close();
}

/** A class on a phone: German, dark. */
export async function classPicture(gateways: Gateways, clock: StoryClock, pictures: Pictures): Promise<void> {
  await clock.moveTo('today 08:02');
  const server = await gateways.server({ environment: clock.environment() });
  const [mia, lindner, emre, paula] = await Promise.all(
    ['Mia', 'Lindner', 'Emre', 'Paula'].map((name) => Actor.join(gateways, name, server, clock)),
  );
  const look = { width: 390, height: 844, scheme: 'dark', locale: 'de-DE', scale: 2 } as const;
  const page = await pictures.open(mia!.gateway.link, look, clock, new StoryNetwork());
  const room = await lindner!.createRoom('physik-9b', '');
  for (const actor of [mia!, emre!, paula!]) await actor.joinRoom(room);
  await page.getByTestId('room').and(page.locator('[data-name="physik-9b"]')).click();
  const name = '#physik-9b';
  await clock.moveTo('today 08:05');
  const notice = await lindner!.announce(name, 'Bitte bis 9 Uhr die Messwerte von Versuch 3 eintragen.');
  await emre!.acknowledge(name, notice);
  await paula!.acknowledge(name, notice);
  await clock.moveTo('today 08:21');
  const values = await emre!.say(name, 'Unsere Gruppe hat **g = 9,79 m/s²** 🎉');
  await paula!.react(name, values, '👏');
  await lindner!.react(name, values, '👏');
  await clock.moveTo('today 08:23');
  await paula!.say(name, 'Wie oft habt ihr gemessen?', { replyTo: values });
  await page.getByText('Wie oft habt ihr gemessen?', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: `Nachricht an ${name}` }).fill('Zehnmal, mit 50 cm Faden.');
  await page.keyboard.press('Enter');
  const answer = await paula!.find(name, 'Zehnmal, mit 50 cm Faden.');
  await paula!.react(name, answer, '👍');
  await lindner!.read(name);
  await pictures.take(page, 'phone-german');
  await page.close();
}
