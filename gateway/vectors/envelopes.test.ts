import { expect } from 'vitest';
import {
  envelopeAssociatedData,
  envelopeInfo,
  padContent,
  unpadContent,
  type EnvelopeHead,
} from '../../shared/chat/envelope.ts';
import { decodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import { fromHex, parseMailKeyId, parseMessageId, peerKeyFromBytes, toHex } from '../../shared/ids.ts';
import { ClientEffects } from '../client/context.ts';
import { TestInbox } from '../client/messages/test-inbox.ts';
import { agreementKeysOf, identityFromSeed } from '../crypto/identity.ts';
import { HpkeSealer } from '../crypto/hpke.ts';
import { sampleKey } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import type { KeyPair } from '../transport/ports.ts';
import { runJob } from '../turn/jobs.ts';
import { describeVectors } from './describe-vectors.ts';
import { aes256, sealByReference } from './reference-hpke.ts';
import { x25519PublicKey } from './reference-x25519.ts';
import type { VectorCase } from './vector-files.ts';

/** What the server hands on by `deliver`. */
interface Outside {
  readonly format: number;
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly id: string;
  readonly keyId: string;
  readonly sealed: string;
}

type EnvelopeCase =
  /** The recipient answers with `deliver-ack`. */
  | (VectorCase & {
      readonly result: 'opened';
      readonly senderSeed: string;
      readonly recipientSeed: string;
      readonly mailSecret: string;
      readonly mailKey: string;
      /** Of the encapsulated key. */
      readonly ephemeralSecret: string;
      readonly content: string;
      readonly padded: string;
      readonly info: string;
      readonly aad: string;
      readonly encapsulated: string;
      readonly sharedSecret: string;
      readonly key: string;
      readonly nonce: string;
      readonly outside: Outside;
    })
  /** The recipient has one mail key, and answers with `deliver-reject`. */
  | (VectorCase & {
      readonly result: 'rejected';
      readonly code: string;
      readonly recipientSeed: string;
      readonly mailSecret: string;
      readonly mailKeyId: string;
      readonly outside: Outside;
    });

const serverKey = sampleKey(9);

function keysOf(seed: string): KeyPair {
  return agreementKeysOf(identityFromSeed(fromHex(seed))!);
}

function headOf({ format, from, to, type, id, keyId }: Omit<Outside, 'sealed'>): EnvelopeHead {
  const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
  return {
    format,
    from: peerKeyFromBytes(fromHex(from)),
    to: peerKeyFromBytes(fromHex(to)),
    type,
    id: parseMessageId(dashed)!,
    keyId: parseMailKeyId(keyId)!,
  };
}

/** The code with which an inbox of the program rejects the envelope. Null: it acknowledges the envelope. */
async function codeOf(
  recipientSeed: string,
  mailSecret: string,
  mailKeyId: string,
  outside: Outside,
): Promise<string | null> {
  const recipient = keysOf(recipientSeed);
  const sealer = new HpkeSealer(recipient);
  const now = { monotonicMs: 0, wallMs: 0 };
  const effects = new ClientEffects(null);
  const store = openClientStore();
  const test = new TestInbox(store, peerKeyFromBytes(recipient.publicKey), effects, (keyId) =>
    keyId === mailKeyId ? fromHex(mailSecret) : undefined,
  );
  const head = headOf(outside);
  test.inTurn(() =>
    test.inbox.handleDeliver(now, serverKey, { kind: 'deliver', ...head, sealed: fromHex(outside.sealed) }),
  );
  for (let job = effects.pollJob(); job !== undefined; job = effects.pollJob()) {
    const { number, request } = job;
    const output = await runJob({ sealer, store, files: null }, request);
    test.inTurn(() => effects.handleJob(now, { number, output }));
  }
  store.close();
  const answer = answerIn(effects);
  if (answer?.kind === 'deliver-reject') return answer.code;
  expect(answer?.kind).toBe('deliver-ack');
  return null;
}

/** The answer to the server. */
function answerIn(effects: ClientEffects): ProtocolMessage | undefined {
  for (let action = effects.pollAction(); action !== undefined; action = effects.pollAction()) {
    const decoded = action.type === 'send' ? decodeMessage(action.bytes) : undefined;
    if (decoded?.type === 'message' && action.type === 'send' && action.peer === serverKey)
      return decoded.message;
  }
  return undefined;
}

describeVectors<EnvelopeCase>('envelopes', {
  async opened(vector) {
    const { senderSeed, recipientSeed, mailSecret, ephemeralSecret, content } = vector;
    const sender = keysOf(senderSeed);
    const mailKey = x25519PublicKey(fromHex(mailSecret));
    const from = toHex(sender.publicKey);
    const to = toHex(keysOf(recipientSeed).publicKey);
    const { format, type, id, keyId } = vector.outside;
    const padded = padContent(fromHex(content));
    expect(unpadContent(padded)).toEqual(fromHex(content));
    const head = headOf({ format, from, to, type, id, keyId });
    const aad = envelopeAssociatedData(head);
    const { encapsulated, sharedSecret, key, nonce, sealed } = sealByReference({
      senderSecret: sender.secretKey,
      ephemeralSecret: fromHex(ephemeralSecret),
      recipientKey: mailKey,
      aead: aes256,
      info: envelopeInfo,
      aad,
      plaintext: padded,
    });
    const outside = { format, from, to, type, id, keyId, sealed: toHex(sealed) };
    expect(await codeOf(recipientSeed, mailSecret, keyId, outside)).toBeNull();
    // The program's own sealer draws another encapsulated key, and the recipient opens that too.
    const own = await new HpkeSealer(sender).seal(head, mailKey, padded);
    expect(await codeOf(recipientSeed, mailSecret, keyId, { ...outside, sealed: toHex(own!) })).toBeNull();
    return {
      name: vector.name,
      result: 'opened',
      senderSeed,
      recipientSeed,
      mailSecret,
      mailKey: toHex(mailKey),
      ephemeralSecret,
      content,
      padded: toHex(padded),
      info: toHex(envelopeInfo),
      aad: toHex(aad),
      encapsulated: toHex(encapsulated),
      sharedSecret: toHex(sharedSecret),
      key: toHex(key),
      nonce: toHex(nonce),
      outside,
    };
  },
  async rejected(vector) {
    const { recipientSeed, mailSecret, mailKeyId, outside } = vector;
    const code = await codeOf(recipientSeed, mailSecret, mailKeyId, outside);
    if (code === null) throw new Error('the recipient takes the envelope');
    return { ...vector, code };
  },
});
