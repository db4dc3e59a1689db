/** The languages with a catalogue (web/src/i18n/texts.ts), each by its BCP 47 code. The first is for readers of none of them. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** Each language in its own words, for readers who know no other. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** `system`: the language of the browser. */
export const languageChoices = ['system', ...languages] as const;
export type LanguageChoice = (typeof languageChoices)[number];

/** Reads the choice from a text, such as an entry of the browser's storage. */
export function languageChoiceFrom(text: string | null): LanguageChoice {
  return languageChoices.find((choice) => choice === text) ?? 'system';
}

/** Returns the language of the app. `preferred`: the languages of the browser, the dearest first. */
export function languageFor(choice: LanguageChoice, preferred: readonly string[]): Language {
  if (choice !== 'system') return choice;
  const known = preferred.map(languageIn).find((language) => language !== null);
  return known ?? languages[0];
}

/** Returns the locale of dates and numbers: the reader's own variant of the language, such as `en-GB`, or else the plain language. */
export function localeFor(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => languageIn(tag) === language) ?? language;
}

function languageIn(tag: string): Language | null {
  const code = tag.toLowerCase().split('-', 1)[0];
  return languages.find((language) => language === code) ?? null;
}
