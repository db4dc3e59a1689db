interface Lane {
  /** The end of the last call that was alone. */
  barrier: Promise<unknown>;
  /** Calls since then that share the lane. */
  readonly shared: Set<Promise<unknown>>;
  calls: number;
}

/**
 * The order of calls with the same key. One that is alone waits for all before it, and all behind it wait for its end. The others
 * share the time between two such calls.
 */
export class CallOrder {
  readonly #lanes = new Map<string, Lane>();

  async shared<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    return this.#inLane(key, (lane) => {
      const call = lane.barrier.then(run);
      lane.shared.add(call);
      void settled(call).then(() => lane.shared.delete(call));
      return call;
    });
  }

  async alone<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    return this.#inLane(key, (lane) => {
      const call = Promise.all([lane.barrier, ...[...lane.shared].map(settled)]).then(run);
      lane.barrier = settled(call);
      return call;
    });
  }

  async #inLane<Result>(key: string, start: (lane: Lane) => Promise<Result>): Promise<Result> {
    const lane = this.#lanes.get(key) ?? { barrier: Promise.resolve(), shared: new Set(), calls: 0 };
    this.#lanes.set(key, lane);
    lane.calls++;
    try {
      return await start(lane);
    } finally {
      lane.calls--;
      if (lane.calls === 0) this.#lanes.delete(key);
    }
  }
}

async function settled(call: Promise<unknown>): Promise<void> {
  await call.then(
    () => undefined,
    () => undefined,
  );
}
