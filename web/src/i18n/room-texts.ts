import type { Language } from '../model/language.ts';
import { deRooms } from './de-rooms.ts';
import { enRooms } from './en-rooms.ts';
import { language, texts } from './texts.ts';

/** The shape that every language fills. */
export type LaterRoomTexts = typeof enRooms;

const later = ({ en: enRooms, de: deRooms } satisfies Record<Language, LaterRoomTexts>)[language];

/** All texts about rooms. The dialogs about rooms bring those that only they need, in all languages. */
export const roomTexts = { ...texts.rooms, ...later };
