import { describe, expect, it } from 'vitest';
import { signatureContexts, type SignatureContext } from '../../shared/signature-contexts.ts';
import { testIdentity } from '../simulation/chat/simulated-keys.ts';
import { signerOf } from './signer.ts';

const [alice, bob] = [testIdentity(1), testIdentity(2)];
const [signer, other] = [signerOf(alice), signerOf(bob)];
const bytes = new TextEncoder().encode('an entry');
const contexts = Object.keys(signatureContexts) as SignatureContext[];

describe('a signature', () => {
  it('PROTOCOL 6.56: is verified with the key, the context and the bytes that it was made with, and with no other', () => {
    const signature = signer.sign('room-entry', bytes);
    expect(other.verify('room-entry', alice.signingKey, bytes, signature)).toBe(true);
    expect(other.verify('room-entry', bob.signingKey, bytes, signature)).toBe(false);
    expect(other.verify('room-entry', alice.signingKey, bytes.subarray(1), signature)).toBe(false);
    for (const context of contexts)
      expect(other.verify(context, alice.signingKey, bytes, signature)).toBe(context === 'room-entry');
  });

  it('of a wrong length or with a changed bit is refused', () => {
    const signature = signer.sign('beacon', bytes);
    expect(signer.verify('beacon', alice.signingKey, bytes, signature.subarray(1))).toBe(false);
    signature[40] = (signature[40] ?? 0) ^ 1;
    expect(signer.verify('beacon', alice.signingKey, bytes, signature)).toBe(false);
  });
});

describe('the context strings', () => {
  it('PROTOCOL 6.56: are all different, and hold no zero byte, which ends them', () => {
    const strings = Object.values(signatureContexts);
    expect(new Set(strings).size).toBe(strings.length);
    for (const string of strings) expect(string).toMatch(/^[\x20-\x7e]+$/u);
  });
});
