import { loadTexts } from './texts.ts';

// Tests read the texts of the app as its components do: after they are loaded.
await loadTexts();
