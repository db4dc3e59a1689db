import { arrived, talkTo } from './app-page.ts';
import { expect, test } from './test.ts';
import { twoUsers } from './two-users.ts';

/** Each test is named after its item in docs/UI.md. */

test('UI 1: Enter sends, Shift+Enter is a new line, Enter while an IME composes does not send', async ({
  gateways,
  open,
}) => {
  const { withBob } = await twoUsers(gateways, open);
  await withBob.box.pressSequentially('one');
  await withBob.box.press('Shift+Enter');
  await withBob.box.pressSequentially('two');
  await expect(withBob.messages).toHaveCount(0);
  await withBob.box.press('Enter');
  await expect.poll(() => withBob.lines()).toEqual(['me: one\ntwo']);

  await withBob.box.fill('にほん');
  await withBob.box.evaluate((box) => {
    box.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
    box.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '日本' }));
    // Safari sends the key after the end of the composition, with the code 229.
    box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
  });
  await expect(withBob.box).toHaveValue('にほん');
  await expect(withBob.messages).toHaveCount(1);
  await withBob.box.press('Enter');
  await expect.poll(() => withBob.lines()).toEqual(['me: one\ntwo', 'me: にほん']);
});

test('UI 2: blank text sends nothing, and the focus stays in the box after sending', async ({
  gateways,
  open,
}) => {
  const { alice, withBob } = await twoUsers(gateways, open);
  const send = alice.getByRole('button', { name: 'Send' });
  await expect(withBob.box).toBeFocused();
  for (const blank of ['', '   ', '\n\n']) {
    await withBob.box.fill(blank);
    await withBob.box.press('Enter');
    await expect(send).toBeDisabled();
  }
  await withBob.say('words');
  await expect(withBob.box).toBeFocused();
  await expect(withBob.box).toHaveValue('');
  await withBob.box.fill('by the button');
  await send.click();
  await expect(withBob.box).toBeFocused();
  await expect.poll(() => withBob.lines()).toEqual(['me: words', 'me: by the button']);
});

test('UI 3: each conversation keeps its draft, across switching and a reload', async ({ gateways, open }) => {
  const { server, alice, withBob } = await twoUsers(gateways, open);
  await gateways.client('cleo', server);
  await withBob.box.fill('half a thought');
  const withCleo = await talkTo(alice, 'cleo');
  await expect(withCleo.box).toHaveValue('');
  await withCleo.box.fill('another one');
  await talkTo(alice, 'bob');
  await expect(withBob.box).toHaveValue('half a thought');
  await alice.reload();
  await expect(withBob.box).toHaveValue('half a thought');
  await talkTo(alice, 'cleo');
  await expect(withCleo.box).toHaveValue('another one');
});

test('UI 6: past the size limit sending is refused with the reason, and the text is kept', async ({
  gateways,
  open,
}) => {
  const { alice, withBob } = await twoUsers(gateways, open);
  await withBob.box.fill('é'.repeat(8_192));
  await expect(alice.getByText('0 bytes left')).toBeVisible();
  await withBob.box.fill(`${'é'.repeat(8_192)}!`);
  await expect(alice.getByText('1 bytes too long. A message can have up to 16 KiB')).toBeVisible();
  await withBob.box.press('Enter');
  await expect(withBob.messages).toHaveCount(0);
  await expect(alice.getByRole('button', { name: 'Send' })).toBeDisabled();
  await withBob.box.fill('é'.repeat(8_192));
  await withBob.box.press('Enter');
  // Some fifteen datagrams, one at a time.
  await expect(withBob.messages.getByTestId('delivery')).toHaveText(arrived);
});

test('UI 8: every conversation has a URL; back, forward and a reload stay in place', async ({
  gateways,
  open,
}) => {
  const { server, alice, withBob } = await twoUsers(gateways, open);
  await gateways.client('cleo', server);
  const withCleo = await talkTo(alice, 'cleo');
  await expect(alice).toHaveURL(/\/c\/cleo$/);
  await alice.goBack();
  await expect(withBob.box).toBeVisible();
  await expect(alice).toHaveURL(/\/c\/bob$/);
  await alice.goForward();
  await expect(withCleo.box).toBeVisible();
  await alice.reload();
  await expect(withCleo.box).toBeVisible();
});

test('UI 8: people of any nickname have a URL', async ({ gateways, open }) => {
  const server = await gateways.server();
  const alice = await open(await gateways.client('alice', server));
  for (const nickname of ['..', 'a/b', 'o\\neil']) {
    await gateways.client(nickname, server);
    const conversation = await talkTo(alice, nickname);
    await conversation.say('hello');
    await expect(conversation.state('hello')).toHaveText(arrived);
    await alice.reload();
    await expect(conversation.message('hello')).toBeVisible();
  }
});
