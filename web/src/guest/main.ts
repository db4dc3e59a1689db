import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '../styles/tokens.css';
import '../styles/base.css';
import { mount } from 'svelte';
import { afterFirstAction, whenIdle } from '../browser/first-action.ts';
import { openStorage } from '../browser/storage.ts';
import { Theme } from '../browser/theme.svelte.ts';
import GuestRoot from '../components/guest-page/GuestRoot.svelte';
import { loadAllParts } from '../components/controls/on-demand.svelte.ts';
import { loadGuestTexts } from '../i18n/guest-texts.ts';
import { language, loadTexts } from '../i18n/texts.ts';
import { GuestPage } from './guest-page.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('guest.html has no #app');

document.documentElement.lang = language;
new Theme(openStorage());
void Promise.all([loadTexts(), loadGuestTexts()]).then(() => {
  const page = new GuestPage();
  mount(GuestRoot, { target, props: { page } });
  page.start();
  afterFirstAction(() => void loadAllParts(whenIdle, page.may));
});
