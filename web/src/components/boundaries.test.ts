import { parse, type AST } from 'svelte/compiler';
import { expect, it } from 'vitest';

const sources = new Map(
  Object.entries(
    import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true }),
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
  'Conversation',
  'EmptyPane',
  'ContactRow',
  'Invitation',
  'InvitationLine',
  'UserMenu',
  'ProfileButtons',
  'PacketDiagram',
  'ConversationHeader',
  'KeyConflictNotice',
  'BlockedNotice',
  'MoreWaitingNotice',
  'MessageLog',
  'Composer',
  'MessageRow',
  'ConnectionButton',
  'ConnectionPanel',
  'SafetyNumber',
  'ManageChat',
  'Browsers',
  'ManageNames',
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
