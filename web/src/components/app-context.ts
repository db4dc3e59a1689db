import { createContext } from 'svelte';
import type { AppView } from '../model/app-view.ts';
import type { DateFormat } from '../i18n/date-format.ts';

/** The app as every component sees it. The root sets it once. */
export const [getApp, setApp] = createContext<AppView>();
export const [getDateFormat, setDateFormat] = createContext<DateFormat>();
