import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { arrived, openRoom, person, talkTo } from './app-page.ts';
import { nothingForAxeInLightAndDark } from './axe.ts';
import { node } from './gateways.ts';
import { expectInsideWindow } from './layout.ts';
import { expect, test } from './test.ts';

const program = fileURLToPath(new URL('../gateway/system-tests/host-and-guest.ts', import.meta.url));

test('UI 23, 24, 56: a guest is shown with the host, and the user reads what that means before writing to them', async ({
  gateways,
  open,
}) => {
  const server = await gateways.server();
  const carolGateway = await gateways.client('carol', server);
  const child = spawn(node, [
    program,
    path.join(carolGateway.start.dataFolder, 'others'),
    String(server.port),
  ]);
  const carol = await open(carolGateway);
  try {
    await expect(person(carol, 'bob')).toContainText('guest of alice', { timeout: 20_000 });
    await expect(person(carol, 'alice')).not.toContainText('guest');
    await test.step('the conversation says it until the user has written', () => noticeIsRead(carol));
    await test.step('the details and the members of a room say it from then on', () => staysVisible(carol));
  } finally {
    child.stdin.end();
    child.kill();
  }
});

const means = 'bob is a guest of alice. alice’s computer can read what bob reads and write in bob’s name.';

async function noticeIsRead(carol: Page): Promise<void> {
  const withBob = await talkTo(carol, 'bob');
  const notice = carol.getByTestId('guest-notice');
  await expect(notice).toHaveText(means);
  await nothingForAxeInLightAndDark(carol);
  await expect(carol.getByText('straight to their computer')).toBeHidden();
  await carol.setViewportSize({ width: 320, height: 640 });
  await expectInsideWindow(notice);
  await carol.setViewportSize({ width: 1440, height: 900 });
  await withBob.say('hello');
  await expect(withBob.state('hello')).toHaveText(arrived);
  await expect(notice).toBeHidden();
}

async function staysVisible(carol: Page): Promise<void> {
  await expect(carol.getByTestId('guest')).toHaveText(means);
  await nothingForAxeInLightAndDark(carol);
  await openRoom(carol, 'everyone');
  // The pane beside the room has the members.
  await expect(carol.getByTestId('member').filter({ hasText: 'bob' })).toContainText('guest of alice');
}
