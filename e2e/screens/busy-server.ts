import { setTimeout as delay } from 'node:timers/promises';
import type { Gateways } from '../gateways.ts';
import { Actor } from './actor.ts';
import type { Pictures } from './pictures.ts';
import { StoryClock } from './story-clock.ts';
import { StoryNetwork } from './story-network.ts';

/** The plots show five minutes. The joins at the beginning are no longer in them. */
const busyForMs = 320_000;
const roundMs = 1_000;

/** A server that has been busy for five minutes, and its operator's page. */
export async function busyServer(gateways: Gateways, pictures: Pictures): Promise<void> {
  const clock = new StoryClock();
  await clock.moveTo('today 10:10');
  const environment = { ...clock.environment(), STORY_ADDRESS: '192.168.1.7' };
  const server = await gateways.server({ environment });
  const names = ['Ines', 'Kofi', 'Yuki', 'Lena', 'Anders', 'Mara'];
  const [ines, kofi, ...others] = await Promise.all(
    names.map((name) => Actor.join(gateways, name, server, clock)),
  );
  const tom = await Actor.join(gateways, 'Tom', server, clock);
  const room = await ines!.createRoom('bridge', 'Watches, weather and the plan of the day');
  const galley = await kofi!.createRoom('galley', 'Meals');
  await Promise.all([kofi!, ...others].map((actor) => actor.joinRoom(room)));
  await Promise.all(others.map((actor) => actor.joinRoom(galley)));
  await tom.leave();
  for (let number = 1; number <= 3; number++)
    await ines!.say('Tom', `Read this after your watch, part ${number}.`);
  const actors = [ines!, kofi!, ...others];
  for (let round = 0; round * roundMs < busyForMs; round++) {
    const posts = Math.round(2 + 2 * Math.sin(round / 17) + Math.sin(round / 5));
    for (let post = 0; post < posts; post++) {
      const author = actors[(round + 2 * post) % actors.length]!;
      await author.say(post % 3 === 2 ? '#everyone' : '#bridge', `Reading ${round}.${post}`);
    }
    if (round % 90 === 60) await gateways.client('Ines', server);
    await delay(roundMs);
  }
  await clock.moveTo('today 10:10');
  const network = new StoryNetwork();
  network.name(server.port, '192.168.1.7:50000');
  server.write('link');
  const link = await until(() => /http:\S+#s=\S+/u.exec(server.stdout.join('\n'))?.[0]);
  const page = await pictures.open(link, { width: 1280, height: 860, scale: 1.25 }, clock, network);
  await page.getByTestId('person-row').first().waitFor();
  await page.waitForTimeout(2_000);
  await pictures.take(page, 'operator');
  await page.close();
  clock.close();
}

async function until<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    await delay(50);
  }
}
