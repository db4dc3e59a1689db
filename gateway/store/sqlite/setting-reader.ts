import { defaultSettings, type SettingName } from '../../../shared/settings.ts';
import { jsonOf, unreadable, type Row } from './rows.ts';

/** Reads one setting of a row. A setting that the column does not name, because it is newer than the row, has its default. */
export function settingReader(row: Row): (name: SettingName) => boolean {
  const value = jsonOf(row, 'settings');
  if (typeof value !== 'object' || value === null) return unreadable('settings', 'an object');
  const chosen = new Map<string, unknown>(Object.entries(value));
  return (name) => {
    const choice = chosen.get(name) ?? defaultSettings[name];
    return typeof choice === 'boolean' ? choice : unreadable('settings', 'an object of booleans');
  };
}
