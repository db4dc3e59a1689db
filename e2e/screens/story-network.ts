import type { Page } from '@playwright/test';

/**
 * Shows the addresses of a local network in place of those of loopback, where all computers of the story really are, and the folder
 * of a user in place of that of a test. Only what the page shows changes.
 */
export class StoryNetwork {
  /** The last number of the address of each port. */
  readonly #hosts = new Map<string, number>();
  readonly #servers = new Map<string, string>();

  /** `port` is shown as this address. */
  name(port: number, address: string): void {
    this.#servers.set(String(port), address);
  }

  async addPage(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/ws$/u, (socket) => {
      const gateway = socket.connectToServer();
      gateway.onMessage((frame) => {
        socket.send(typeof frame === 'string' ? this.#shown(frame) : frame);
      });
    });
  }

  #shown(frame: string): string {
    return frame
      .replaceAll(/127\.0\.0\.1:(\d+)/gu, (_, port: string) => this.#addressOf(port))
      .replaceAll(/"[^"]*chatagram-e2e-[^"/\\]*[/\\][^"/\\]*/gu, '"/home/mara/.local/share/chatagram');
  }

  #addressOf(port: string): string {
    const named = this.#servers.get(port);
    if (named !== undefined) return named;
    const host = this.#hosts.get(port) ?? 21 + 7 * this.#hosts.size;
    this.#hosts.set(port, host);
    return `192.168.1.${host % 250}:${port}`;
  }
}
