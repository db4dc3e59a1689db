import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';

const days = { yesterday: '2026-11-11', today: '2026-11-12' };

const quietMs = 400;

/** The clock that all gateways and pages of the pictures share. The pictures of two runs show the same times. */
export class StoryClock {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'chatagram-screens-'));
  readonly #file = path.join(this.#folder, 'clock');
  readonly #pages = new Set<Page>();
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** `moment`: `today 09:30`, in UTC. */
  async moveTo(moment: `${keyof typeof days} ${string}`): Promise<void> {
    // A message on its way would make its recipient believe that the clock of its author differs.
    await delay(quietMs);
    const [day, time] = moment.split(' ') as [keyof typeof days, string];
    this.#nowMs = Date.parse(`${days[day]}T${time}:05Z`);
    const offset = Float64Array.of(this.#nowMs - Date.now());
    writeFileSync(this.#file, new Uint8Array(offset.buffer));
    await Promise.all([...this.#pages].map((page) => page.clock.setFixedTime(this.#nowMs)));
  }

  /** The page has this clock from now on. */
  async addPage(page: Page): Promise<void> {
    this.#pages.add(page);
    page.once('close', () => this.#pages.delete(page));
    await page.clock.setFixedTime(this.#nowMs);
  }

  /** What the process of a gateway needs to have this clock. */
  environment(): Record<string, string> {
    const preload = new URL('story-time.ts', import.meta.url);
    return {
      NODE_OPTIONS: `--import ${JSON.stringify(fileURLToPath(preload))}`,
      STORY_CLOCK: this.#file,
      STORY_ADDRESS: '',
      TZ: 'UTC',
    };
  }

  /** What the process of a gateway needs that is on a computer of this local network, in place of loopback. */
  onLan(address: string, firewall: 'none' | 'answers-only' = 'none'): Record<string, string> {
    return {
      ...this.environment(),
      STORY_ADDRESS: address,
      STORY_LAN: this.#folder,
      STORY_FIREWALL: firewall === 'none' ? 'no' : 'yes',
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
