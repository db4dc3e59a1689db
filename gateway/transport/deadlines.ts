/**
 * One deadline for each item, in an indexed binary heap: O(log n) for every change. Equal deadlines come out in the order
 * in which they were set, so that a simulation repeats exactly.
 */
export class Deadlines<Item> {
  #heap: Entry<Item>[] = [];
  #entries = new Map<Item, Entry<Item>>();
  #settings = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Sets, moves or (with undefined) removes the deadline of `item`. */
  set(item: Item, atMs: number | undefined): void {
    const known = this.#entries.get(item);
    if (known?.atMs === atMs) return;
    if (known !== undefined && atMs !== undefined) {
      known.atMs = atMs;
      known.setting = this.#settings++;
      this.#rise(known);
      this.#sink(known);
      return;
    }
    if (known !== undefined) this.#remove(known);
    if (atMs === undefined) return;
    const entry = { item, atMs, setting: this.#settings++, index: this.#heap.length };
    this.#entries.set(item, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  delete(item: Item): void {
    this.set(item, undefined);
  }

  earliest(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Removes and returns the item with the earliest deadline, if it is not after `nowMs`. */
  takeDue(nowMs: number): Item | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#remove(first);
    return first.item;
  }

  /**
   * Removes and yields each item that is due, the earliest first. An item that the loop sets again to a due time
   * comes again.
   */
  *takeAllDue(nowMs: number): Generator<Item, void, void> {
    for (let item = this.takeDue(nowMs); item !== undefined; item = this.takeDue(nowMs)) yield item;
  }

  #remove(entry: Entry<Item>): void {
    this.#entries.delete(entry.item);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    last.index = entry.index;
    this.#heap[last.index] = last;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry<Item>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1];
      if (parent === undefined || !isBefore(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry<Item>): void {
    for (;;) {
      const left = this.#heap[entry.index * 2 + 1];
      const right = this.#heap[entry.index * 2 + 2];
      if (left === undefined) return;
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, entry)) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: Entry<Item>, other: Entry<Item>): void {
    const index = one.index;
    one.index = other.index;
    other.index = index;
    this.#heap[one.index] = one;
    this.#heap[other.index] = other;
  }
}

interface Entry<Item> {
  readonly item: Item;
  atMs: number;
  /** Breaks ties: the earlier setting first. */
  setting: number;
  index: number;
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.setting < other.setting);
}
