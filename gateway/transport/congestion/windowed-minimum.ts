/** The least of the values of the last while: old values that a newer, lesser one outlives are forgotten at once. */
export class WindowedMinimum {
  readonly #entries: { readonly atMs: number; readonly value: number }[] = [];

  /** Returns the least of what was added in the last `overMs`, this one included. */
  add(nowMs: number, value: number, overMs: number): number {
    const entries = this.#entries;
    for (let last = entries.at(-1); last !== undefined && last.value >= value; last = entries.at(-1)) {
      entries.pop();
    }
    // Bounded whatever rises for however long: of what is dropped here a neighbour remains.
    if (entries.length === entriesMax) entries.splice(entriesMax / 2, 1);
    entries.push({ atMs: nowMs, value });
    for (let first = entries[0]; first !== undefined && first.atMs < nowMs - overMs; first = entries[0]) {
      entries.shift();
    }
    return entries[0]?.value ?? value;
  }
}

const entriesMax = 16;
