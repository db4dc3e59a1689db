import { pageLanguage } from '../browser/language.ts';
import type { Language } from '../model/language.ts';
import type { en } from './en.ts';

/** The shape that every language fills. */
export type Texts = typeof en;

/** Each language is a part of the build, so the page loads only the one that it shows. */
const catalogues = {
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
} satisfies Record<Language, () => Promise<Texts>>;

/** The language of the page, and the locale of its dates and numbers. They change only with a reload. */
export const { language, locale } = pageLanguage();

/** The texts of the page. No module may read them while it is evaluated, because they come before the app is drawn, not earlier. */
export let texts: Texts;

/** Loads the texts. The page calls this once, before it draws the app. */
export async function loadTexts(): Promise<void> {
  texts = await catalogues[language]();
}

/** Writes a whole number as the reader expects it, such as `1,000`. */
export const numbers = new Intl.NumberFormat(locale);
