import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import AppRoot from './App.svelte';
import { App } from './app/app.svelte.ts';
import { OwnWay } from './app/own-way.svelte.ts';
import { afterFirstAction, whenIdle } from './browser/first-action.ts';
import { loadAllParts } from './components/controls/on-demand.svelte.ts';
import { language, loadTexts } from './i18n/texts.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

document.documentElement.lang = language;
void loadTexts().then(() => {
  const app = new App(new OwnWay());
  mount(AppRoot, { target, props: { app } });
  void app.start();
  afterFirstAction(() => void loadAllParts(whenIdle, app.may));
});
