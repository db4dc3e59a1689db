/**
 * The keys of this browser for the gateways at this address, in IndexedDB. A private key never leaves the browser, also not to
 * this page: it can only sign. IndexedDB is bound to the port, unlike a cookie.
 */
export interface GatewayKey {
  /** The public key of the gateway, as it was when this browser got in. */
  readonly gatewayKey: string;
  /** The id of this browser at that gateway. */
  readonly browser: string;
  readonly addedAtMs: number;
  readonly keys: CryptoKeyPair;
}

const databaseName = 'chatagram';
const storeName = 'keys';
/** The place of a key that no gateway knows yet. */
const pending = '';
/** Gateways with other data folders that were at this address. Past it, the oldest one needs a new link. */
const gatewaysMax = 16;

/** Makes a key, and keeps it under no gateway's name. Throws where the browser stores nothing. */
export async function newKey(): Promise<CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  await change((store) =>
    store.put({ gatewayKey: pending, browser: '', addedAtMs: 0, keys } satisfies GatewayKey),
  );
  return keys;
}

/** Keeps a key under the name of its gateway. */
export async function keepKey(key: GatewayKey): Promise<void> {
  const others = (await allKeys()).filter(({ gatewayKey }) => gatewayKey !== key.gatewayKey);
  const oldest = others.toSorted((one, other) => other.addedAtMs - one.addedAtMs).slice(gatewaysMax - 1);
  await change((store) => {
    store.delete(pending);
    for (const { gatewayKey } of oldest) store.delete(gatewayKey);
    return store.put(key);
  });
}

/** Throws where the browser stores nothing. */
export async function allKeys(): Promise<readonly GatewayKey[]> {
  const keys: readonly GatewayKey[] = await request('readonly', (store) => store.getAll());
  return keys.filter(({ gatewayKey }) => gatewayKey !== pending);
}

/** Removes the keys of all gateways at this address. Where the browser refuses, they stay. */
export function forgetKeys(): Promise<void> {
  return new Promise((resolve) => {
    try {
      const deleting = indexedDB.deleteDatabase(databaseName);
      deleting.onsuccess = () => resolve();
      deleting.onerror = () => resolve();
      deleting.onblocked = () => resolve();
    } catch {
      resolve();
    }
  });
}

function change(run: (store: IDBObjectStore) => IDBRequest<IDBValidKey>): Promise<IDBValidKey> {
  return request('readwrite', run);
}

/** Opens the database for each request: the user may have cleared it since the last one. */
async function request<Result>(
  mode: IDBTransactionMode,
  run: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(storeName, mode);
      const asked = run(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(failureOf(transaction.error));
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    // Some browsers throw here where the user blocks storage.
    const opening = indexedDB.open(databaseName, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(storeName, { keyPath: 'gatewayKey' satisfies keyof GatewayKey });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(failureOf(opening.error));
  });
}

function failureOf(error: DOMException | null): Error {
  return error ?? new Error('the browser stores nothing');
}
