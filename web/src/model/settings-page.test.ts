import { describe, expect, it } from 'vitest';
import { applySnapshot, initialState } from '../../../shared/model/chat.ts';
import { snapshotOf } from '../../../shared/model/samples.ts';
import { defaultSettings, settingNames } from '../../../shared/settings.ts';
import { parseRoute, settingsPath } from './paths.ts';
import { serverKeysOf } from './server-keys.ts';
import { settingSections } from './setting-sections.ts';

describe('the settings page', () => {
  it('shows every setting of the table once, with its value', () => {
    const shown = settingSections(defaultSettings).flatMap(({ settings }) => settings);
    expect(Object.fromEntries(shown.map(({ name, on }) => [name, on]))).toEqual(defaultSettings);
    expect(shown).toHaveLength(settingNames.length);
  });

  it('shows no setting before a chat is joined', () => {
    expect(settingSections(null)).toEqual([]);
  });

  it('has a path of its own, which no nickname can have', () => {
    expect(parseRoute(settingsPath)).toEqual({ screen: 'settings' });
    expect(parseRoute('/c/settings')).toEqual({ screen: 'conversation', nickname: 'settings' });
  });

  it('names the key of each server once, that of the open chat first', () => {
    const profile = (address: string, key: string) => ({
      nickname: 'alice',
      server: { address, key },
      hosted: false,
    });
    const profiles = [profile('10.0.0.3:50000', 'aaaa'), profile('10.0.0.4:50000', 'bbbb')];
    const { session } = applySnapshot(initialState, snapshotOf({}));
    expect(session.phase).toBe('online');
    if (session.phase === 'none') return;
    const open = { ...session, server: { address: '10.0.0.2:50000', key: 'bbbb' } };
    expect(serverKeysOf({ session: open, profiles })).toEqual([
      { address: '10.0.0.2:50000', fingerprint: 'bbbb', current: true },
      { address: '10.0.0.3:50000', fingerprint: 'aaaa', current: false },
    ]);
    expect(serverKeysOf({ session: { phase: 'none' }, profiles: [] })).toEqual([]);
  });
});
