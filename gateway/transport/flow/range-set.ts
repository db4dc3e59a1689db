/** A set of whole numbers as ranges: received packet numbers, or received bytes of a message. */
export class RangeSet {
  /** start, end, start, end ... rising; an end is not included; ranges never touch. */
  readonly #bounds: number[] = [];

  get rangeCount(): number {
    return this.#bounds.length / 2;
  }

  /** Adds start to end - 1; returns how many of these numbers are new. */
  add(start: number, end: number): number {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    // Numbers usually arrive in order.
    if (last > 0 && bounds[last] === start) {
      bounds[last] = end;
      return end - start;
    }
    let first = this.#firstEndingFrom(start);
    if (first > last || end < (bounds[first] ?? 0)) {
      bounds.splice(first, 0, start, end);
      return end - start;
    }
    let added = end - start;
    let mergedStart = start;
    let mergedEnd = end;
    const at = first;
    for (; first <= last && (bounds[first] ?? 0) <= end; first += 2) {
      const rangeStart = bounds[first] ?? 0;
      const rangeEnd = bounds[first + 1] ?? 0;
      added -= Math.max(0, Math.min(end, rangeEnd) - Math.max(start, rangeStart));
      mergedStart = Math.min(mergedStart, rangeStart);
      mergedEnd = Math.max(mergedEnd, rangeEnd);
    }
    bounds.splice(at, first - at, mergedStart, mergedEnd);
    return added;
  }

  covers(start: number, end: number): boolean {
    const at = this.#firstEndingFrom(end);
    return at < this.#bounds.length && (this.#bounds[at] ?? 0) <= start;
  }

  /** Start and end of the range at `place`, counted from the highest one. */
  fromTop(place: number): { readonly start: number; readonly end: number } {
    const at = this.#bounds.length - 2 - 2 * place;
    return { start: this.#bounds[at] ?? 0, end: this.#bounds[at + 1] ?? 0 };
  }

  removeLowest(): void {
    this.#bounds.splice(0, 2);
  }

  /** Removes everything below `floor`. */
  removeBelow(floor: number): void {
    const bounds = this.#bounds;
    let gone = 0;
    while (gone < bounds.length && (bounds[gone + 1] ?? 0) <= floor) gone += 2;
    if (gone > 0) bounds.splice(0, gone);
    const lowest = bounds[0];
    if (lowest !== undefined && lowest < floor) bounds[0] = floor;
  }

  /** The index in #bounds of the first range that does not end below `number`. */
  #firstEndingFrom(number: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[2 * middle + 1] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
