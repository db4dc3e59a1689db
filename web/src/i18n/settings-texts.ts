import { enSettings } from './en-settings.ts';

/** The shape that every language fills. */
type SettingsTexts = typeof enSettings;

/** The texts of the settings page, in the language of texts.ts. */
export const settingsTexts: SettingsTexts = enSettings;
