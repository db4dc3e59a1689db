import { afterEach, describe, expect, it, vi } from 'vitest';
import { reloadHelped, reloadOnce } from './reload.ts';
import { MemoryStorage, openStorage, openTabStorage } from './storage.ts';

const storages = ['localStorage', 'sessionStorage'] as const;

/** As a browser in which the user blocks the data of sites. */
function forbid(): void {
  for (const name of storages)
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
}

/** Of a browser, which is not our memory of a tab. */
function browserStorage(isFull = () => false): Storage {
  const entries = new MemoryStorage();
  return {
    get length() {
      return entries.length;
    },
    key: (index) => entries.key(index),
    getItem: (key) => entries.getItem(key),
    setItem: (key, value) => {
      if (isFull()) throw new DOMException('full', 'QuotaExceededError');
      entries.setItem(key, value);
    },
    removeItem: (key) => entries.removeItem(key),
    clear: () => undefined,
  };
}

afterEach(() => {
  for (const name of storages) Reflect.deleteProperty(globalThis, name);
  vi.unstubAllGlobals();
});

describe('a browser that forbids storage', () => {
  it('has the memory of the tab instead, which says that a reload forgets it', () => {
    forbid();
    for (const storage of [openStorage(), openTabStorage()]) {
      storage.setItem('a', '1');
      expect([storage.getItem('a'), storage.survivesReload]).toEqual(['1', false]);
    }
  });

  it('goes on when the page fits its gateway, and does not reload the page, which would reload for good', () => {
    forbid();
    const reload = vi.fn();
    vi.stubGlobal('location', { reload });
    reloadHelped();
    expect(reloadOnce()).toBe(false);
    expect(reload).not.toHaveBeenCalled();
  });
});

it('a page reloads once when it does not fit its gateway, and again after it did', () => {
  const reload = vi.fn();
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('sessionStorage', browserStorage());
  expect([reloadOnce(), reloadOnce(), reload.mock.calls.length]).toEqual([true, false, 1]);
  reloadHelped();
  expect(reloadOnce()).toBe(true);
});

it('a full storage says that a reload forgets what did not fit', () => {
  let isFull = false;
  vi.stubGlobal(
    'localStorage',
    browserStorage(() => isFull),
  );
  const storage = openStorage();
  expect(storage.survivesReload).toBe(true);
  isFull = true;
  storage.setItem('a', '1');
  expect(storage.survivesReload).toBe(false);
});
