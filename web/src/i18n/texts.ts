import { en } from './en.ts';

/** The shape that every language fills. */
export type Texts = typeof en;

/** The language of the app; the one place to choose it. */
export const texts: Texts = en;
