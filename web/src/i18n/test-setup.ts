import { loadGuestTexts } from './guest-texts.ts';
import { loadTexts } from './texts.ts';

// Tests read the texts of the app as its components do: after they are loaded.
await Promise.all([loadTexts(), loadGuestTexts()]);
