export interface FairConnectionsOptions<Connection> {
  readonly max: number;
  /** Which connection the group with the most of them loses. */
  readonly loses: 'oldest' | 'newest';
  /** Cuts a connection off at once, without a goodbye. */
  readonly cut: (connection: Connection) => void;
}

/**
 * Connections with the address group of each. Past the maximum, the group with the most of them loses one, so that a group that opens very
 * many takes no place of another.
 */
export class FairConnections<Connection> {
  readonly #options: FairConnectionsOptions<Connection>;
  /** The connections of each group, the oldest first. */
  readonly #groups = new Map<string, Set<Connection>>();
  #count = 0;

  constructor(options: FairConnectionsOptions<Connection>) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  add(connection: Connection, group: string): void {
    const members = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, members);
    members.add(connection);
    this.#count++;
    if (this.#count <= this.#options.max) return;
    const loser = this.#loser();
    if (loser === undefined) return;
    this.delete(loser.connection, loser.group);
    this.#options.cut(loser.connection);
  }

  delete(connection: Connection, group: string): void {
    const members = this.#groups.get(group);
    if (members?.delete(connection) !== true) return;
    this.#count--;
    if (members.size === 0) this.#groups.delete(group);
  }

  #loser(): { readonly connection: Connection; readonly group: string } | undefined {
    let most: readonly [string, Set<Connection>] | undefined;
    for (const each of this.#groups) if (most === undefined || each[1].size > most[1].size) most = each;
    const connection =
      this.#options.loses === 'oldest' ? most?.[1].values().next().value : [...(most?.[1] ?? [])].at(-1);
    return most === undefined || connection === undefined ? undefined : { connection, group: most[0] };
  }
}
