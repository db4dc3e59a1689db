import { parse, type AST } from 'svelte/compiler';
import { render } from 'svelte/server';
import { beforeAll, describe, expect, it } from 'vitest';
import App from '../App.svelte';
import { isForGuests } from '../../../shared/bridge/commands.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import { applySnapshot, initialState } from '../../../shared/model/chat.ts';
import {
  bob,
  carol,
  contactOf,
  idOf,
  me,
  messageOf,
  roomViewOf,
  snapshotOf,
  withBob,
} from '../../../shared/model/samples.ts';
import { findings, type FindingKind } from '../../../shared/rooms/verify-log.ts';
import { connectionTexts } from '../i18n/connection-texts.ts';
import { guestTexts } from '../i18n/guest-texts.ts';
import { settingsTexts } from '../i18n/settings-texts.ts';
import { texts } from '../i18n/texts.ts';
import type { AppView } from '../model/app-view.ts';
import { loadAllParts } from './controls/on-demand.svelte.ts';
import { withInjection } from './fault-injection.ts';

const sources = new Map(
  Object.entries(
    import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true }),
  ),
);

/** Drawing into a text waits for nothing. */
beforeAll(() =>
  loadAllParts(
    () => Promise.resolve(),
    () => true,
  ),
);

/** The screens, panes, panels and rows of the app. */
const guarded = new Set([
  'NoAccess',
  'OtherVersion',
  'ConnectingPage',
  'FirstScreen',
  'Chat',
  'PageTitle',
  'BannerBar',
  'Toasts',
  'LabChip',
  'Sidebar',
  'SearchPanel',
  'Conversation',
  'ConversationBody',
  'MessageMenu',
  'DeleteMessage',
  'EmojiPicker',
  'CheckDialog',
  'Readers',
  'Acknowledged',
  'NewPoll',
  'NotifyMenu',
  'NotifyLevels',
  'SaveMenu',
  'SaveForms',
  'ComposerMenu',
  'UserActions',
  'ConnectionDetails',
  'PersonDetails',
  'PersonPane',
  'NoticeRow',
  'DayLine',
  'Keyboard',
  'KeyList',
  'Switcher',
  'RoomPane',
  'RoomHeader',
  'RoomDetailsPane',
  'RoomNotices',
  'RoomsSection',
  'RoomRow',
  'RoomMembers',
  'RoomSettings',
  'PinnedMessages',
  'NewRoom',
  'BrowseRooms',
  'EmptyPane',
  'ContactRow',
  'Invitation',
  'InvitationLine',
  'UserMenu',
  'ProfileButtons',
  'NearbyChats',
  'PacketDiagram',
  'ConversationHeader',
  'KeyConflictNotice',
  'LookAlikeNotice',
  'PersonNotices',
  'BlockedNotice',
  'MoreWaitingNotice',
  'MessageLog',
  'Composer',
  'MessageRow',
  'ConnectionButton',
  'ConnectionPanel',
  'SafetyNumber',
  'OperatorPage',
  'WaitingBadge',
  'ManageGuestsPage',
  'ManageGuests',
  'WaitingGuests',
  'GuestLinks',
  'GuestPoster',
  'GuestList',
  'GuestRules',
  'OperatorPeople',
  'OperatorRooms',
  'OperatorMailboxes',
  'OperatorTraffic',
  'OperatorLog',
  'Plot',
  'SettingsPage',
  'OwnName',
  'Look',
  'ChooseLanguage',
  'SettingSwitches',
  'BlockedPeople',
  'Browsers',
  'OwnKeys',
  'DataFolder',
  'WipeChats',
  'ConfirmWipe',
  'ManageBans',
  'ManageJoinCode',
  'ManageQuotas',
]);

interface Use {
  readonly name: string;
  readonly isGuarded: boolean;
}

/** Returns the uses of the guarded components in a source, and whether each stands in a boundary of that source. */
function usesIn(source: string): Use[] {
  const uses: Use[] = [];
  const visit = (value: unknown, isGuarded: boolean): void => {
    if (Array.isArray(value)) value.forEach((each) => visit(each, isGuarded));
    if (!isNode(value)) return;
    const name = value.type === 'Component' ? value.name : '';
    if (guarded.has(name)) uses.push({ name, isGuarded });
    Object.values(value).forEach((each) => visit(each, isGuarded || name === 'FaultBoundary'));
  };
  visit(parse(source, { modern: true }).fragment, false);
  return uses;
}

type MarkupNode = AST.Component | { readonly type: 'other' };

/** Narrows a value: each node of the compiler's tree is an object with a type. */
function isNode(value: unknown): value is MarkupNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Returns the classes that a component styles on the whole page: `:global(.x)` that stands below no class of its component. */
function pageWideClasses(source: string): readonly string[] {
  const style = /<style>(.*)<\/style>/su.exec(source)?.[1] ?? '';
  return Array.from(style.matchAll(/^[ ]*:global\(\.([\w-]+)/gmu), ([, name]) => name ?? '');
}

it('names in no style of the whole page a class that another component has', () => {
  const namesInMarkup = new Map(
    Array.from(sources, ([file, source]) => {
      const markup = source.replace(/<style>.*<\/style>/su, '');
      const classes = [...markup.matchAll(/\bclass(?:="([^"{]*)|:([\w-]+))/gu)];
      return [file, new Set(classes.flatMap(([, list = '', one = '']) => [...list.split(/\s+/u), one]))];
    }),
  );
  const shared = Array.from(sources, ([file, source]) =>
    pageWideClasses(source).filter((name) =>
      Array.from(namesInMarkup).some(([other, names]) => other !== file && names.has(name)),
    ),
  );
  expect(pageWideClasses('<style>\n  :global(.place) {\n  }\n</style>')).toEqual(['place']);
  expect(shared.flat()).toEqual([]);
});

it('finds a component outside of a boundary', () => {
  expect(usesIn('<FaultBoundary>{#if x}<p><Chat /></p>{/if}</FaultBoundary><Sidebar />')).toEqual([
    { name: 'Chat', isGuarded: true },
    { name: 'Sidebar', isGuarded: false },
  ]);
});

it('UI 28: every screen, pane, panel and row stands in a boundary wherever it is used', () => {
  const uses = [...sources].flatMap(([file, source]) => usesIn(source).map((use) => ({ ...use, file })));
  expect(uses.filter(({ isGuarded }) => !isGuarded)).toEqual([]);
  expect(new Set(uses.map(({ name }) => name))).toEqual(guarded);
});

/** The guarded components that each guarded component uses itself. */
const usedBy = new Map(
  [...guarded].map((name) => {
    const source = [...sources].find(([file]) => file.endsWith(`/${name}.svelte`))?.[1] ?? '';
    return [name, usesIn(source).map((use) => use.name)];
  }),
);

/** Returns the guarded components inside a guarded component, however deep. */
function guardedInside(name: string): Set<string> {
  const inside = new Set<string>();
  const visit = (outer: string): void => {
    for (const inner of usedBy.get(outer) ?? []) {
      if (inside.has(inner)) continue;
      inside.add(inner);
      visit(inner);
    }
  };
  visit(name);
  return inside;
}

/** A test only draws. It calls no action. */
function unused(): never {
  throw new Error('drawing calls no action');
}

const noActions = {
  host: unused,
  join: unused,
  openEveryone: unused,
  enterJoinCode: unused,
  leave: unused,
  wipe: unused,
  goOffline: unused,
  goOnline: unused,
  reconnect: unused,
  enterCode: unused,
  signOutBrowser: unused,
  send: unused,
  retry: unused,
  discard: unused,
  sought: null,
  showMessage: unused,
  endSeeking: unused,
  saveConversation: unused,
  setReading: unused,
  changeLoaded: unused,
  act: unused,
  setNotify: unused,
  askForNotifications: unused,
  createRoom: unused,
  inRoom: unused,
  browseRooms: () => new Promise<never>(() => {}),
  askReaders: () => new Promise<never>(() => {}),
  sayRefused: unused,
  typingIn: () => [],
  tellTyping: unused,
  setSetting: unused,
  setTheme: unused,
  setLanguage: unused,
  watchConnection: unused,
  findChats: unused,
  checkConnection: () => () => {},
  showCheck: unused,
  switchChat: unused,
  watchTraffic: unused,
  setClassic: unused,
  setVerified: unused,
  setBlocked: unused,
  allow: unused,
  acceptKey: unused,
  refuseKey: unused,
  acceptServerKey: unused,
  releaseName: unused,
  ban: unused,
  unban: unused,
  requireJoinCode: unused,
  closeRoom: unused,
  nameRoomOwner: unused,
  setHostQuotas: unused,
  saveDraft: unused,
  saveBegun: unused,
  removeEarlierTexts: unused,
  refuseFiles: unused,
  dismiss: unused,
  go: unused,
};

function appWith(change: Partial<AppView>): AppView {
  return {
    chat: initialState,
    gateway: { status: 'open' },
    pending: [],
    toasts: [],
    nowMs: 1_791_374_500_000,
    timeZone: 'UTC',
    openContact: undefined,
    unknownName: null,
    openRoom: undefined,
    unknownRoom: null,
    settingsOpen: false,
    operatorOpen: false,
    guestsOpen: false,
    attentive: true,
    checked: null,
    entering: false,
    resuming: false,
    browserId: null,
    notificationAccess: 'default',
    readingConversation: null,
    theme: 'system',
    languageChoice: 'system',
    draft: () => '',
    peekDraft: () => '',
    changeGuests: () => Promise.resolve(null),
    begun: () => '',
    keepsEarlierTexts: false,
    may: () => true,
    guest: null,
    ask: () => new Promise(() => {}),
    ...noActions,
    ...change,
  };
}

const server = { address: '192.168.1.7:50000' };
const guests: Guests = {
  isOn: true,
  link: 'http://192.168.1.7:5080/#04c8',
  origins: ['http://192.168.1.7:5080', 'http://[fd00::7]:5080'],
  limit: 50,
  asks: false,
  fault: null,
  guests: [{ number: 1, name: 'zoe', state: 'here', host: '192.168.1.20', sinceMs: 0 }],
  waiting: [
    { number: 2, name: 'yan', words: 'able river stone cloud', host: '192.168.1.21', hasLink: false },
  ],
};
const hosting = {
  port: 50_000,
  addresses: [{ address: server.address, network: 'lan' as const }],
  joinCode: null,
  here: '127.0.0.1:50000',
  movedFrom: null,
};
const toasts = [{ kind: 'files-refused' }] as const;
const gateway = { status: 'down', sinceMs: 0, nextAttemptAtMs: null } as const;

/** A chat that this gateway hosts, with the conversation with bob open and everything around it. */
function chatWith(change: Partial<Contact>): AppView {
  const contact = { ...contactOf(bob, 'bob'), ...change };
  const conversations = [
    {
      conversation: withBob,
      unread: 0,
      mentions: 0,
      notify: 'all' as const,
      messages: [messageOf(1)],
      hasMore: false,
    },
  ];
  const contacts = [contactOf(me, 'alice'), contact];
  const snapshot = snapshotOf({ contacts, conversations, hosting, guests, lab: 'loss=20' });
  return appWith({ chat: applySnapshot(initialState, snapshot), openContact: contact, toasts, gateway });
}

const lab: RoomView = {
  ...roomViewOf(1, 'lab'),
  pins: [idOf(1)],
  findings: [{ kind: 'forged', seq: 3, author: bob }],
};

/** A chat with the conversation of a room open: a message of bob, and that bob joined. */
function roomWith(change: Partial<RoomView>): AppView {
  const view = { ...lab, ...change };
  const { conversation } = view;
  const messages = [
    messageOf(1, { conversation, content: { kind: 'notice', entry: { kind: 'join' } } }),
    messageOf(2, { conversation }),
  ];
  const conversations = [
    { conversation, unread: 0, mentions: 0, notify: 'all' as const, messages, hasMore: false },
  ];
  const snapshot = snapshotOf({ rooms: [view], conversations });
  return appWith({ chat: applySnapshot(initialState, snapshot), openRoom: view });
}

const screens: [string, AppView][] = [
  ['no access', appWith({ gateway: { status: 'no-access', cause: 'no-link' } })],
  ['another version', appWith({ gateway: { status: 'other-version' } })],
  ['connecting', appWith({ resuming: true })],
  [
    'the first screen',
    appWith({
      chat: { ...initialState, lab: 'loss=20', profiles: [{ nickname: 'alice', server, hosted: false }] },
      toasts,
      gateway,
    }),
  ],
  [
    'an empty chat',
    appWith({ chat: applySnapshot(initialState, snapshotOf({ contacts: [], conversations: [] })) }),
  ],
  ["the operator's page", { ...chatWith({}), openContact: undefined, operatorOpen: true }],
  [
    'a gateway with a server alone',
    appWith({
      chat: applySnapshot(initialState, snapshotOf({ session: { phase: 'none' }, hosting })),
      toasts,
    }),
  ],
  ['the guests', { ...chatWith({}), openContact: undefined, guestsOpen: true }],
  ['the settings', { ...chatWith({}), openContact: undefined, settingsOpen: true }],
  ['a conversation', chatWith({})],
  ['a connection check', { ...chatWith({}), checked: { target: { type: 'server' }, name: 'the server' } }],
  ['a conversation with a name that looks like another', chatWith({ looksLike: 'b0b' })],
  [
    'a conversation with a changed key',
    chatWith({ keyConflict: { type: 'changed', newKey: carol, refused: false } }),
  ],
  ['a conversation with a blocked person', chatWith({ blocked: true })],
  ['a room', roomWith({})],
  ['a room from which the user was removed', roomWith({ standing: 'removed' })],
  [
    'a room that the user does not have',
    appWith({ ...roomWith({}), openRoom: undefined, unknownRoom: 'den' }),
  ],
  ['a conversation with more messages that wait', chatWith({ moreWaiting: true })],
  ['the chat of a guest', asGuest(roomWith({}))],
];

/** As the page of a guest shows it. */
function asGuest(app: AppView): AppView {
  const guest = {
    leave: unused,
    keepsNothing: false,
    banner: guestTexts.banner,
    inTab: guestTexts.inTab,
  };
  return {
    ...app,
    chat: { ...app.chat, hosting: null, lab: null },
    operatorOpen: false,
    checked: null,
    guest,
    may: isForGuests,
  };
}

/** Draws the app, and names the guarded components that it drew. One of them fails, if named. */
function draw(app: AppView, broken?: string): { readonly html: string; readonly drawn: ReadonlySet<string> } {
  const drawn = new Set<string>();
  const html = withInjection(
    {
      draw: (name) => {
        if (name === broken) throw new Error('injected');
        if (guarded.has(name)) drawn.add(name);
      },
    },
    () => render(App, { props: { app }, transformError: String }).body,
  );
  return { html, drawn };
}

/** What stands in the place of a component that failed. */
function standIn(name: string): string {
  // They draw nothing.
  if (name === 'PageTitle' || name === 'Keyboard') return '';
  return name === 'MessageRow' ? 'data-testid="plain-message"' : texts.fault.notShown;
}

describe('UI 28: a failure of one screen, pane, panel or row', () => {
  it.each(screens)('leaves everything else where it was: %s', (_, app) => {
    const whole = draw(app);
    expect(whole.html).not.toContain(texts.fault.notShown);
    for (const name of whole.drawn) {
      const inside = guardedInside(name);
      const beside = [...whole.drawn].filter((each) => each !== name && !inside.has(each));
      const { html, drawn } = draw(app, name);
      expect(html, name).toContain(standIn(name));
      expect(
        beside.filter((each) => !drawn.has(each)),
        `beside ${name}`,
      ).toEqual([]);
    }
  });

  it('is injected into each of them', () => {
    expect(new Set(screens.flatMap(([, app]) => [...draw(app).drawn]))).toEqual(guarded);
  });
});

describe('the page of a guest', () => {
  /** What the app says where it offers something that a guest may not do. */
  const notForGuests = [
    `aria-label="${texts.rooms.newRoom}"`,
    texts.save.heading,
    texts.check.open,
    texts.invite.heading,
    texts.operator.heading,
    settingsTexts.browsers.heading,
    settingsTexts.settingsPage.data.heading,
    settingsTexts.wipe.heading,
    connectionTexts.classic,
  ];
  const htmlOf = (apps: readonly AppView[]): string => apps.map((app) => draw(app).html).join('');
  const inChat = screens
    .map(([, app]) => app)
    .filter(({ chat, gateway: { status } }) => chat.session.phase === 'online' && status !== 'no-access');

  it('offers nothing that the gateway refuses to guests', () => {
    const own = htmlOf(inChat);
    const ofGuest = htmlOf(inChat.map(asGuest));
    expect(notForGuests.filter((words) => !own.includes(words))).toEqual([]);
    expect(notForGuests.filter((words) => ofGuest.includes(words))).toEqual([]);
  });

  it('says that the computer of the host is gone, not that of the guest', () => {
    const html = htmlOf([asGuest(chatWith({}))]);
    expect(html).toContain(guestTexts.banner.gatewayHint);
    expect(html).not.toContain(texts.banner.gatewayHint);
  });
});

describe('what a server did wrong in a room', () => {
  const kinds = Object.keys(findings) as FindingKind[];
  const noticesOf = (...found: RoomView['findings']): string => {
    const { html } = draw(roomWith({ findings: found }));
    const [, strip = ''] = /data-testid="room-findings"(.*?)<\/section>/su.exec(html) ?? [];
    return strip;
  };

  it.each(kinds)('is said in words, with the author that it is about: %s', (kind) => {
    const strip = noticesOf({ kind, seq: 3, author: bob });
    expect(strip).toContain(texts.rooms.findings[kind]);
    expect(strip).toContain('It is about bob.');
  });

  it('comes with an advice, except where the server only has an older backup', () => {
    expect(noticesOf({ kind: 'fork', seq: 3, author: null })).toContain(texts.rooms.findingsAdvice);
    expect(noticesOf({ kind: 'restored', seq: 3, author: null })).not.toContain(texts.rooms.findingsAdvice);
  });

  it('is said once for each kind', () => {
    const strip = noticesOf({ kind: 'forged', seq: 3, author: bob }, { kind: 'forged', seq: 4, author: bob });
    expect(strip.split(texts.rooms.findings.forged)).toHaveLength(2);
  });

  it('is not on the screen of a room without findings', () => {
    expect(noticesOf()).toBe('');
  });
});

it('UI 57: what keeps guests from coming is said with its option of the command line in one piece', () => {
  const app = chatWith({});
  const { html } = draw({
    ...app,
    chat: { ...app.chat, guests: { ...guests, fault: 'guest-port-taken' } },
    openContact: undefined,
    guestsOpen: true,
  });
  expect(html).toMatch(/<code[^>]*>--guests-at<\/code>/u);
});
