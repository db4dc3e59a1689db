import {
  languageChoiceFrom,
  languageFor,
  localeFor,
  type Language,
  type LanguageChoice,
} from '../model/language.ts';
import { openStorage } from './storage.ts';

const place = 'chatagram:language';

/** Returns the language that the user chose in this browser. */
export function languageChoice(): LanguageChoice {
  return languageChoiceFrom(openStorage().getItem(place));
}

/** Changes the language. All texts of the page are of one language, so the page loads again. */
export function chooseLanguage(choice: LanguageChoice): void {
  openStorage().setItem(place, choice);
  location.reload();
}

/** Returns the language of this page, and the locale of its dates and numbers. Outside of a browser, both are English. */
export function pageLanguage(): { readonly language: Language; readonly locale: string } {
  if (typeof document === 'undefined') return { language: 'en', locale: 'en' };
  const language = languageFor(languageChoice(), navigator.languages);
  return { language, locale: localeFor(language, navigator.languages) };
}
