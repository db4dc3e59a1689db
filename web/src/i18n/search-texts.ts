import type { Language } from '../model/language.ts';
import { deSearch } from './de-search.ts';
import { enSearch } from './en-search.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type SearchTexts = typeof enSearch;

/** The texts of the search, in the language of the app. They come with its panel in all languages. */
export const searchTexts = ({ en: enSearch, de: deSearch } satisfies Record<Language, SearchTexts>)[language];
