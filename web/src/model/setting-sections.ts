import { settingGroups, settingNames, settings, type SettingGroup } from '../../../shared/settings.ts';
import type { SettingName, Settings } from '../../../shared/settings.ts';

/** The settings of one group, with their values. */
export interface SettingSection {
  readonly group: SettingGroup;
  readonly settings: readonly { readonly name: SettingName; readonly on: boolean }[];
}

/** Returns the groups that have settings, in the order of the tables. Empty before a chat is joined. */
export function settingSections(values: Settings | null): readonly SettingSection[] {
  if (values === null) return [];
  return settingGroups
    .map((group) => ({
      group,
      settings: settingNames
        .filter((name) => settings[name].group === group)
        .map((name) => ({ name, on: values[name] })),
    }))
    .filter((section) => section.settings.length > 0);
}
