import type { Language } from '../model/language.ts';
import type { enGuest } from './en-guest.ts';
import { language } from './texts.ts';

/** The shape that every language fills. */
export type GuestTexts = typeof enGuest;

const catalogues = {
  en: async () => (await import('./en-guest.ts')).enGuest,
  de: async () => (await import('./de-guest.ts')).deGuest,
} satisfies Record<Language, () => Promise<GuestTexts>>;

/** The texts that only the page of a guest shows. No module may read them while it is evaluated. */
export let guestTexts: GuestTexts;

/** Loads these texts. The page of a guest calls this once, before it draws anything. */
export async function loadGuestTexts(): Promise<void> {
  guestTexts = await catalogues[language]();
}
