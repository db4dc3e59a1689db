import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { root } from '../../scripts/processes.mjs';
import { pictureBytesMax } from '../../scripts/structure/pictures.ts';
import { toWebP } from './to-webp.ts';
import type { StoryClock } from './story-clock.ts';
import type { StoryNetwork } from './story-network.ts';

const folder = path.join(root, 'docs', 'screens');

interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme?: 'light' | 'dark';
  readonly locale?: string;
  /** Pixels of the picture for each pixel of the page. */
  readonly scale?: number;
}

/** Opens pages with the clock of a story, and writes pictures of them. */
export class Pictures {
  readonly #browser: Browser;
  readonly #written: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async open(link: string, look: Look, clock: StoryClock, network: StoryNetwork): Promise<Page> {
    const { width, height, scheme = 'light', locale = 'en-GB', scale = 1.5 } = look;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      colorScheme: scheme,
      locale,
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await clock.addPage(page);
    await network.addPage(page);
    await page.goto(link);
    return page;
  }

  /** Writes the picture of the page once it is quiet. */
  async take(page: Page, name: string): Promise<void> {
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.waitForTimeout(700);
    const png = await page.screenshot({ caret: 'hide' });
    const painter = await this.#browser.newPage();
    const { bytes, colours, quality } = await smallEnough(painter, png);
    await painter.close();
    writeFileSync(path.join(folder, `${name}.webp`), bytes);
    this.#written.push(name);
    const kilobytes = (bytes.length / 1_000).toFixed(1);
    process.stdout.write(`${name}: ${kilobytes} kB, ${colours} colours, quality ${quality}\n`);
  }

  /** Removes the pictures that no scene makes any longer. */
  removeOthers(): void {
    for (const file of readdirSync(folder)) {
      const isKept = !file.endsWith('.webp') || this.#written.includes(file.slice(0, -'.webp'.length));
      if (!isKept) rmSync(path.join(folder, file));
    }
  }
}

/** As many colours as have place; for many thin lines, all colours with a loss. */
const forms = [
  ...[256, 192, 128].map((colours) => ({ colours, quality: 1 })),
  ...[0.95, 0.9, 0.85, 0.8, 0.7, 0.6].map((quality) => ({ colours: Infinity, quality })),
];

async function smallEnough(painter: Page, png: Buffer) {
  for (const form of forms) {
    const bytes = Buffer.from(
      await painter.evaluate(toWebP, { png: png.toString('base64'), ...form }),
      'base64',
    );
    if (bytes.length <= pictureBytesMax) return { bytes, ...form };
  }
  throw new Error('a picture is too large');
}
