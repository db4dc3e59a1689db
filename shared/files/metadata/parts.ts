/** The parts of a cleaned picture, in order. Most are views of the original bytes. */
export type Parts = readonly Uint8Array[];

export function latin1Bytes(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
