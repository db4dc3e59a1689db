import { describe, expect, it } from 'vitest';
import { cddlDefinitions, cddlRule } from './cddl.ts';
import { kindSchemas } from './kinds.ts';

describe('the CDDL of the protocol messages', () => {
  it('writes a field of each sort: an optional one, a list with bounds, a map, an alternative', () => {
    expect(cddlRule('receipt-ack', kindSchemas['receipt-ack'])).toBe(
      [
        'receipt-ack = {',
        '  kind: "receipt-ack",',
        '  ids: [*64 message-id],',
        '  ? read: message-id,',
        '  * tstr => any,',
        '}',
      ].join('\n'),
    );
    const register = cddlRule('register', kindSchemas.register);
    expect(register).toContain('  userInitiated: bool,\n  candidates: [*8 text-64],\n');
    expect(register).toContain(
      '  roster: {\n    epoch: epoch,\n    version: count,\n    * tstr => any,\n  } / null,\n',
    );
  });

  it('defines each name that a kind uses', () => {
    const rules = Object.entries(kindSchemas)
      .map(([kind, schema]) => cddlRule(kind, schema))
      .join('\n');
    const definitions = cddlDefinitions(rules);
    const used = [...rules.matchAll(/[:[{] (?:\d*\*\d* )?([a-z][a-z0-9-]*)[,\] ]/g)].map(
      ([, name = '']) => name,
    );
    // The last six are rules of the documents about rooms and files.
    const shared = ['log-point', 'signed-entry', 'log-entry', 'signed-head', 'offer', 'piece-range'];
    const known = new Set(['bool', 'null', 'tstr', 'any', ...shared]);
    for (const name of used.filter((each) => !known.has(each))) expect(definitions).toContain(`${name} = `);
    expect(used.length).toBeGreaterThan(50);
  });

  it('refuses a schema that it cannot write', () => {
    expect(() => cddlRule('odd', { type: 'number' })).toThrow(RangeError);
  });
});
