/** The text of a join address (docs/ADDRESSES.md) and its parts, without reading what they mean. The page needs no more to show one. */

/** A server: its address, and its key where that is known. Each place has both in the form that it needs. */
export interface ServerRef<Key = string, Place = string> {
  readonly address: Place;
  readonly key?: Key | undefined;
}

/** The parts of a join address as the user wrote them. A part that is not there is absent. */
export interface JoinAddressParts {
  readonly server: ServerRef;
  readonly joinCode?: string;
}

/** Parts the text at its first `#`, and what follows at its first dot: `192.168.1.7:50000#k7q2-m4xd-9f3a-t6nz.` and a join code. */
export function splitJoinAddress(text: string): JoinAddressParts {
  const at = text.indexOf('#');
  if (at < 0) return { server: { address: text.trim() } };
  const address = text.slice(0, at).trim();
  const key = text.slice(at + 1);
  const dot = key.indexOf('.');
  if (dot < 0) return { server: { address, key } };
  return { server: { address, key: key.slice(0, dot) }, joinCode: key.slice(dot + 1) };
}

/** Adds the join code to the text of a join address. */
export function withJoinCode(address: string, joinCode: string | null): string {
  return joinCode === null ? address : `${address}.${joinCode}`;
}

/** Writes an address and the text of a key as one join address. */
export function formatServer({ address, key }: ServerRef): string {
  return key === undefined ? address : `${address}#${key}`;
}
