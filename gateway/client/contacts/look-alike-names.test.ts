import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLike } from '../../../shared/look-alikes.ts';
import { LookAlikeNames } from './look-alike-names.ts';

const nicknames = ['bob', 'bоb', 'bοb', 'BOB', 'ВОВ', 'carol', 'cаrol', 'Ivan', 'lvan'];

describe('the nicknames that look alike', () => {
  it('PROTOCOL 6.98: are found whatever came and went before, and changes are told', () => {
    const step = fc.record({ isThere: fc.boolean(), nickname: fc.constantFrom(...nicknames) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const names = new LookAlikeNames();
        const present = new Map<string, number>();
        for (const { isThere, nickname } of steps) {
          const before = new Map(nicknames.map((one) => [one, names.of(one)]));
          const count = present.get(nickname) ?? 0;
          const changed = isThere ? names.add(nickname) : names.remove(nickname);
          const next = Math.max(0, count + (isThere ? 1 : -1));
          if (next === 0) present.delete(nickname);
          else present.set(nickname, next);
          for (const one of nicknames)
            if (one !== nickname && names.of(one) !== before.get(one)) expect(changed).toContain(one);
          for (const own of nicknames) {
            const others = [...present.keys()].filter((other) => other !== own && looksLike(own, other));
            const found = names.of(own);
            if (!present.has(own) || others.length === 0) expect(found).toBeNull();
            else expect(others).toContain(found);
          }
        }
      }),
    );
  });

  it('change for a few contacts only when one of thousands of look-alikes comes or goes', () => {
    const names = new LookAlikeNames();
    // Each letter is Latin or Cyrillic, by a bit of the number.
    const many = Array.from({ length: 1_000 }, (_, number) =>
      Array.from({ length: 10 }, (__, bit) => ((number >> bit) & 1 ? 'о' : 'o')).join(''),
    );
    for (const [index, nickname] of many.entries()) {
      expect(names.add(nickname).length).toBeLessThanOrEqual(1);
      if (index > 0) expect(names.of(nickname)).toBe(many[index - 1]);
    }
    for (const nickname of many) expect(names.remove(nickname).length).toBeLessThanOrEqual(2);
  });
});
