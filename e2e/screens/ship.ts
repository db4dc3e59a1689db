import type { Page } from '@playwright/test';
import { Conversation, firstScreen, openRoom, openSettings, person, room, talkTo } from '../app-page.ts';
import { withHostingPorts, type Gateways } from '../gateways.ts';
import { Actor } from './actor.ts';
import type { Pictures } from './pictures.ts';
import type { StoryClock } from './story-clock.ts';
import { StoryNetwork } from './story-network.ts';

/** The crew of a research ship. Mara hosts the chat, and each picture is of her screen. */

const desk = { width: 1280, height: 945 };
const crew = ['Ines', 'Tom', 'Kofi', 'Yuki', 'Lena', 'Anders'] as const;
type Crew = Readonly<Record<(typeof crew)[number], Actor>>;

interface Ship extends Crew {
  readonly mara: Page;
}

export async function shipPictures(gateways: Gateways, clock: StoryClock, pictures: Pictures): Promise<void> {
  await clock.moveTo('yesterday 17:30');
  const environment = { ...clock.environment(), STORY_ADDRESS: '192.168.1.7' };
  const network = new StoryNetwork();
  network.name(50_000, '192.168.1.7:50000');
  const gateway = await gateways.app('Mara', { environment });
  const mara = await pictures.open(gateway.link, desk, clock, network);
  await firstScreen(mara).nickname.fill('Mara');
  await withHostingPorts(async () => {
    await firstScreen(mara).start.click();
    await mara.getByTestId('invitation').waitFor();
  });
  const port = Number(/:(\d+)/u.exec(await mara.getByTestId('invitation').innerText())?.[1]);
  const joined = await Promise.all(crew.map((name) => Actor.join(gateways, name, { port }, clock)));
  const people = Object.fromEntries(joined.map((actor) => [actor.nickname, actor])) as Record<
    (typeof crew)[number],
    Actor
  >;
  const ship: Ship = { ...people, mara };
  await openRooms(ship);
  await lastEvening(clock, ship);
  await privateTalk(clock, ship, pictures);
  await morning(clock, ship);
  await deskPictures(ship, pictures);
}

async function openRooms({ Ines, Tom, Kofi, Yuki, Lena, Anders, mara }: Ship): Promise<void> {
  const bridge = await Tom.createRoom('bridge', 'Watches, weather and the plan of the day');
  const galley = await Kofi.createRoom('galley', 'Meals');
  const dives = await Yuki.createRoom('dive-log', 'Sites, times, samples');
  await Promise.all([
    ...[Ines, Kofi, Yuki, Lena].map((actor) => actor.joinRoom(bridge)),
    ...[Ines, Tom, Yuki, Anders].map((actor) => actor.joinRoom(galley)),
    ...[Ines, Lena, Anders].map((actor) => actor.joinRoom(dives)),
  ]);
  for (const name of ['bridge', 'galley', 'dive-log']) {
    await mara.getByRole('button', { name: 'Browse rooms' }).click();
    await mara.getByRole('button', { name: `Join #${name}` }).click();
    await new Conversation(mara, `#${name}`).box.and(mara.locator(':enabled')).waitFor();
  }
}

async function lastEvening(clock: StoryClock, { Tom, Lena, Ines, Kofi, Yuki, mara }: Ship): Promise<void> {
  await clock.moveTo('yesterday 18:12');
  await Tom.say('#bridge', 'Anchor is down in 14 m. Good night, sea.');
  await Lena.say('Mara', 'The samples are in the cold room, shelf 3.');
  await Kofi.say('#galley', 'Breakfast is at seven. Fresh bread!');
  await Yuki.say('#dive-log', 'Site 4, 16:10 to 16:52, visibility 12 m, 31 samples.');
  await clock.moveTo('yesterday 18:20');
  const galley = await openRoom(mara, 'galley');
  await galley.message('Breakfast is at seven. Fresh bread!').waitFor();
  await openRoom(mara, 'dive-log');
  const withLena = await talkTo(mara, 'Lena');
  await withLena.say('Thank you! I label them in the morning.');
  await Lena.find('Mara', 'Thank you! I label them in the morning.');
  await Lena.read('Mara');
  await clock.moveTo('yesterday 18:41');
  await Ines.say('#everyone', 'Water is on again in all cabins.');
}

/** With Tom, who closes his laptop at the end. */
async function privateTalk(clock: StoryClock, { Tom, mara }: Ship, pictures: Pictures): Promise<void> {
  await clock.moveTo('today 07:52');
  const withTom = await talkTo(mara, 'Tom');
  await withTom.say('Are you on the bridge?');
  await Tom.find('Mara', 'Are you on the bridge?');
  await Tom.read('Mara');
  await clock.moveTo('today 07:54');
  await Tom.say('Mara', 'Yes, just came up. Nothing on the radar for *40 miles*.');
  const asked = await Tom.say('Mara', 'Can you send me the watch list?');
  await clock.moveTo('today 07:58');
  const list = '```\n08-12  Tom, Yuki\n12-16  Ines, Anders\n16-20  Mara, Kofi\n```';
  await withTom.message('Can you send me the watch list?').waitFor();
  await withTom.act('Can you send me the watch list?', 'Reply');
  await withTom.say(list);
  await Tom.find('Mara', list);
  await Tom.react('Mara', asked, '🙏');
  await clock.moveTo('today 08:03');
  await Tom.say('Mara', 'Got it, thanks. I close the laptop until the watch is over.');
  await withTom.message('Got it, thanks. I close the laptop until the watch is over.').waitFor();
  await withTom.say('Sleep well after it!');
  await Tom.find('Mara', 'Sleep well after it!');
  await Tom.leave();
  await person(mara, 'Tom').getByText('Away').waitFor();
  await clock.moveTo('today 08:10');
  await withTom.say('The forecast has changed: west 6 from three o’clock. Dinner at six?');
  await mara.getByText('On the server until Tom is back').waitFor();
  await pictures.take(mara, 'conversation');
}

async function morning(clock: StoryClock, ship: Ship): Promise<void> {
  const { Ines, Kofi, Yuki, Lena, Anders, mara } = ship;
  const bridge = await openRoom(mara, 'bridge');
  await clock.moveTo('today 08:31');
  await Ines.say('#bridge', 'The generator ran all night, **no alarms**.');
  await clock.moveTo('today 08:36');
  const forecast = await Yuki.say(
    '#bridge',
    'The forecast from the radio:\n```\n09:00  NW 4   1.2 m\n12:00  NW 5   1.8 m\n15:00  W  6   2.4 m\n```',
  );
  await clock.moveTo('today 08:38');
  const lunch = await Kofi.say('#bridge', 'Then lunch is before the swell.', { replyTo: forecast });
  await Promise.all([Ines, Yuki, Lena].map((actor) => actor.react('#bridge', lunch, '😄')));
  await Lena.react('#bridge', lunch, '🥘');
  await clock.moveTo('today 08:44');
  const poll = await Yuki.poll('#bridge', 'When do we dive at site 5?', ['At 10:00', 'At 13:00']);
  await Promise.all([Ines, Yuki, Lena].map((actor) => actor.vote('#bridge', poll, 0)));
  await Kofi.vote('#bridge', poll, 1);
  await bridge.log.getByTestId('choice').filter({ hasText: 'At 10:00' }).click();
  await clock.moveTo('today 08:52');
  const plan = 'Then 10:00. Back on board by 11:30, please: the anchor comes up at noon.';
  await bridge.say(plan);
  const planId = await Ines.find('#bridge', plan);
  await Promise.all([Ines, Yuki, Kofi].map((actor) => actor.react('#bridge', planId, '👍')));
  await Promise.all([Ines, Yuki, Kofi].map((actor) => actor.read('#bridge')));
  await clock.moveTo('today 08:55');
  await Kofi.say('#galley', 'Bread is out of the oven.');
  await Anders.say('#galley', 'On my way!');
  await Yuki.say('#dive-log', '@Mara can you take the second camera?', { mentions: ['Mara'] });
  await Ines.say('Mara', 'The spare pump is in locker 12. Shall I bring it up?');
  await bridge.log.getByText('5 votes so far').waitFor();
  await bridge.message(plan).getByText('3', { exact: true }).waitFor();
  await clock.moveTo('today 08:57');
}

async function deskPictures({ mara, Kofi }: Ship, pictures: Pictures): Promise<void> {
  await pictures.take(mara, 'room');
  await mara.keyboard.press('Control+k');
  await mara.getByRole('combobox').fill('e');
  await pictures.take(mara, 'switcher');
  await mara.keyboard.press('Escape');
  await mara.emulateMedia({ colorScheme: 'dark' });
  await mara.setViewportSize({ width: 1440, height: 900 });
  await room(mara, 'galley').click();
  await new Conversation(mara, '#galley').message('On my way!').waitFor();
  await openRoom(mara, 'bridge');
  await Kofi.say('#galley', 'Coffee, too.');
  await pictures.take(mara, 'wide-dark');
  await mara.setViewportSize(desk);
  await mara.keyboard.press('Control+Shift+F');
  await mara.getByRole('dialog').getByRole('searchbox').fill('at');
  await mara.getByTestId('search-result').first().waitFor();
  await pictures.take(mara, 'search');
  await mara.keyboard.press('Escape');
  await mara.emulateMedia({ colorScheme: 'light' });
  await mara.setViewportSize({ width: 1280, height: 780 });
  await openSettings(mara, 'Mara');
  await pictures.take(mara, 'settings');
  await mara.keyboard.press('Escape');
  await mara.setViewportSize({ width: 390, height: 844 });
  await mara.goto(new URL('/', mara.url()).href);
  await room(mara, 'bridge').waitFor();
  await pictures.take(mara, 'phone-list');
}
