import { uuidv7 } from 'uuidv7';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Command } from '../../shared/bridge/commands.ts';
import { directConversation, type ConversationId } from '../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { newPrivateKey, ProofKey } from '../bridge/proof-key.ts';
import type { Desktop } from '../cli/open-browser.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { eventually } from './eventually.ts';
import { freeUdpPort } from './free-port.ts';
import { gatewayOptions } from './gateway-options.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { TestDesktop } from './test-desktop.ts';

/** A user of a chat on loopback. */
class User {
  readonly gateway: Gateway;
  readonly nickname: string;

  private constructor(gateway: Gateway, nickname: string) {
    this.gateway = gateway;
    this.nickname = nickname;
  }

  static async join(nickname: string, port: number, desktop?: Desktop): Promise<User> {
    const server = { host: { type: 'ip', host: '127.0.0.1' }, port } as const;
    const role = { type: 'client', nickname, server, clientPort: 0 } as const;
    const gateway = await startGateway({ ...gatewayOptions({ dataRoot: temporaryFolder() }), role, desktop });
    onTestFinished(() => gateway.close());
    return new User(gateway, nickname);
  }

  async execute(command: Command): Promise<void> {
    expect(await this.gateway.api.execute(uuidv7(), command)).toMatchObject({ status: 'done' });
  }

  keyOf(other: User): Promise<PeerKey> {
    return eventually(() => {
      const { contacts } = this.gateway.api.snapshot().snapshot;
      const found = contacts.find(({ nickname, online }) => nickname === other.nickname && online);
      if (found === undefined) throw new Error(`${this.nickname} does not know ${other.nickname} yet`);
      return found.key;
    });
  }

  async says(text: string, to: User): Promise<void> {
    const conversation = directConversation(await this.keyOf(to));
    const id = uuidv7() as MessageId;
    await this.execute({ type: 'send', id, conversation, content: { kind: 'text', text } });
  }

  newestOf(conversation: ConversationId): MessageId {
    const { conversations } = this.gateway.api.snapshot().snapshot;
    const newest = conversations.find((each) => each.conversation === conversation)?.messages.at(-1);
    if (newest === undefined) throw new Error('no message has come yet');
    return newest.id;
  }
}

async function chat(desktop: Desktop) {
  const port = await freeUdpPort();
  const role = { type: 'server', port } as const;
  const server = await startGateway({ ...gatewayOptions({ dataRoot: temporaryFolder() }), role });
  onTestFinished(() => server.close());
  const [alice, bob, carol] = await Promise.all([
    User.join('alice', port, desktop),
    User.join('bob', port),
    User.join('carol', port),
  ]);
  return { alice, bob, carol };
}

async function shownBy(desktop: TestDesktop, count: number) {
  return eventually(async () => {
    const shown = await desktop.shown();
    if (shown.length < count) throw new Error(`${shown.length} of ${count} notifications`);
    return shown;
  });
}

/** A browser gets in by a link that a frontend asked for. */
async function addBrowser({ gateway }: User): Promise<void> {
  const { origin, hash } = new URL(gateway.newLink().link);
  const { publicKey } = new ProofKey(newPrivateKey());
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ secret: hash.slice('#s='.length), publicKey }),
  });
  expect(answer.status).toBe(200);
}

describe('a gateway without a tab, on a desktop with a session bus', () => {
  it('notifies by name without the text, escapes the text that the user wants shown, and closes what was read', async () => {
    const desktop = await TestDesktop.start();
    const { alice, bob, carol } = await chat(desktop.desktop);
    await bob.says('the <b>secret</b> plan', alice);
    const first = { replaces: 0, title: 'bob', body: 'New message', actions: ['default', 'Open'] };
    expect(await shownBy(desktop, 1)).toEqual([first]);

    await alice.execute({ type: 'set-setting', setting: 'notificationText', value: true });
    await carol.says('1 < 2 & <img src="http://x/">\nand \u202Emore', alice);
    const body = '1 &lt; 2 &amp; &lt;img src="http://x/"&gt; and \uFFFDmore';
    expect((await shownBy(desktop, 2))[1]).toEqual({ ...first, title: 'carol', body });

    const conversation = directConversation(await alice.keyOf(bob));
    const id = await eventually(() => alice.newestOf(conversation));
    await alice.execute({ type: 'mark-read', conversation, id });
    expect(await eventually(() => expectSome(desktop.closed()))).toEqual([1]);
  });

  it('opens the conversation on a click, by an address that names neither it nor a secret', async () => {
    const desktop = await TestDesktop.start();
    const { alice, bob } = await chat(desktop.desktop);
    await bob.says('hello', alice);
    await shownBy(desktop, 1);

    // The first browser gets in by the page with the link, as at the start.
    await desktop.click(1);
    expect(await eventually(() => desktop.opened())).toMatch(/^file:\/\/\/.*\/open\.html$/u);
    desktop.forgetOpened();

    await addBrowser(alice);
    await desktop.click(1);
    const address = await eventually(() => desktop.opened());
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\/[0-9a-f]{32}$/u);
    const answer = await fetch(address, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe(`/k/${await alice.keyOf(bob)}`);
  });

  it('is silent when the desktop ends, and the chat goes on', async () => {
    const desktop = await TestDesktop.start();
    const { alice, bob, carol } = await chat(desktop.desktop);
    await bob.says('one', alice);
    await shownBy(desktop, 1);
    await desktop.endNotifier();
    await carol.says('two', alice);
    const conversation = directConversation(await alice.keyOf(carol));
    await eventually(() => alice.newestOf(conversation));
  });
});

async function expectSome<Item>(list: Promise<Item[]>): Promise<Item[]> {
  const items = await list;
  if (items.length === 0) throw new Error('nothing yet');
  return items;
}
