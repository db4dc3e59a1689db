import { describe, expect, it } from 'vitest';
import { languageChoiceFrom, languageFor, localeFor } from './language.ts';

describe('UI 47: the language of the app', () => {
  it('is the first one of the browser that the app knows, and else English', () => {
    expect(languageFor('system', ['fr-FR', 'en-GB', 'en'])).toBe('en');
    expect(languageFor('system', ['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(languageFor('system', ['fr'])).toBe('en');
    expect(languageFor('system', [])).toBe('en');
  });

  it('is what the user chose, and an unknown choice counts as the choice of the system', () => {
    expect(languageFor('en', ['de'])).toBe('en');
    expect(languageFor('de', ['en'])).toBe('de');
    expect(languageChoiceFrom('en')).toBe('en');
    expect(languageChoiceFrom('tlh')).toBe('system');
    expect(languageChoiceFrom(null)).toBe('system');
  });

  it('has the dates and numbers of the reader’s country, where the browser names one', () => {
    expect(localeFor('en', ['fr-FR', 'en-GB'])).toBe('en-GB');
    expect(localeFor('en', ['EN-us', 'en-GB'])).toBe('EN-us');
    expect(localeFor('en', ['fr-FR', 'eng'])).toBe('en');
    expect(localeFor('de', ['en-GB', 'de-AT'])).toBe('de-AT');
  });
});
