export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** Reads the choice from a text, such as an entry of the browser's storage. */
export function themeFrom(text: string | null): ThemeChoice {
  return themeChoices.find((choice) => choice === text) ?? 'system';
}
