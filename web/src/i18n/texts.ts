import { en } from './en.ts';

/** The shape that every language fills. */
export type Texts = typeof en;

/** The language of the app. It is chosen only here. */
export const texts: Texts = en;
