import type { Language } from '../model/language.ts';
import { deConnection } from './de-connection.ts';
import { enConnection } from './en-connection.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type ConnectionTexts = typeof enConnection;

/** What only the connection with a person says, in the language of the app. It comes with that in all languages. */
export const connectionTexts = (
  { en: enConnection, de: deConnection } satisfies Record<Language, ConnectionTexts>
)[language];
