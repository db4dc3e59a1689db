import { createContext } from 'svelte';
import type { AppView } from '../state/app-view.ts';
import type { Moments } from '../texts/moments.ts';

/** The program as every component sees it, given once at the root. */
export const [getApp, setApp] = createContext<AppView>();
export const [getMoments, setMoments] = createContext<Moments>();
