import type { Language } from '../model/language.ts';
import { deSettings } from './de-settings.ts';
import { enSettings } from './en-settings.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type SettingsTexts = typeof enSettings;

/** The texts of the settings page, in the language of texts.ts. They come with that page in all languages. */
export const settingsTexts = ({ en: enSettings, de: deSettings } satisfies Record<Language, SettingsTexts>)[
  language
];
