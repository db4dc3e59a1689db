/**
 * `npm run screens`: makes the pictures of docs/screens/ with real gateways, real UDP on loopback and Chromium. `-- --scene ship` makes those of
 * one scene. Names, times and addresses of local networks are those of a story. Ports and keys differ from run to run.
 */
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { presentChromium } from '../../scripts/chromium.mjs';
import { programBuilds, setUp } from '../../scripts/setup.mjs';
import { Gateways } from '../gateways.ts';
import { busyServer } from './busy-server.ts';
import { checkPicture, classPicture, connectionPicture, firstScreenPicture } from './others.ts';
import { Pictures } from './pictures.ts';
import { shipPictures } from './ship.ts';
import { StoryClock } from './story-clock.ts';

const { values } = parseArgs({ options: { scene: { type: 'string' } } });

type Scene = (gateways: Gateways, clock: StoryClock, pictures: Pictures) => Promise<void>;

const scenes = new Map<string, Scene>([
  ['ship', shipPictures],
  ['first-screen', firstScreenPicture],
  ['check', checkPicture],
  ['connection', connectionPicture],
  ['class', classPicture],
  ['operator', (gateways, _, pictures) => busyServer(gateways, pictures)],
]);

async function run(scene: Scene, clock: StoryClock, pictures: Pictures): Promise<void> {
  const gateways = new Gateways();
  try {
    await scene(gateways, clock, pictures);
  } finally {
    await gateways.close();
  }
}

await setUp(programBuilds);
const executablePath = presentChromium();
const browser = await chromium.launch({
  // Letters stand where the page has them, also on a screen with two pixels for one.
  args: ['--font-render-hinting=none'],
  ...(executablePath === undefined ? {} : { executablePath }),
});
const clock = new StoryClock();
try {
  const pictures = new Pictures(browser);
  const chosen = [...scenes].filter(([name]) => values.scene === undefined || values.scene === name);
  // The page of the operator takes five minutes. The others are made in that time.
  const [operator, others] = [
    chosen.filter(([name]) => name === 'operator'),
    chosen.filter(([name]) => name !== 'operator'),
  ];
  const busy = operator.map(([, scene]) => run(scene, clock, pictures));
  for (const [, scene] of others) await run(scene, clock, pictures);
  await Promise.all(busy);
  if (values.scene === undefined) pictures.removeOthers();
} finally {
  await browser.close();
  clock.close();
}
