/** Tests draw the app into a text. There is no page then, so nothing can stand elsewhere in it or be measured. */
export const drawsIntoText = typeof document === 'undefined';
