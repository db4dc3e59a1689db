import type { Language } from '../model/language.ts';
import { deAccess } from './de-access.ts';
import { enAccess } from './en-access.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type AccessTexts = typeof enAccess;

/** The texts for a browser without access, in the language of the app. They come with that page in all languages. */
export const accessTexts = ({ en: enAccess, de: deAccess } satisfies Record<Language, AccessTexts>)[language];
