import { createContext } from 'svelte';
import type { AppView } from '../model/app-view.ts';
import type { DateFormat } from '../i18n/date-format.ts';

/** The program as every component sees it, given once at the root. */
export const [getApp, setApp] = createContext<AppView>();
export const [getDateFormat, setDateFormat] = createContext<DateFormat>();
