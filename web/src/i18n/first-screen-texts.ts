import type { Language } from '../model/language.ts';
import { deFirstScreen } from './de-first-screen.ts';
import { enFirstScreen } from './en-first-screen.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type FirstScreenTexts = typeof enFirstScreen;

/** What only the first screen says, in the language of the app. It comes with that screen in all languages. */
export const firstScreenTexts = (
  { en: enFirstScreen, de: deFirstScreen } satisfies Record<Language, FirstScreenTexts>
)[language];
