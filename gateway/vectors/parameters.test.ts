import { describe, expect, it } from 'vitest';
import { fromHex, instanceIdFromBytes, toHex } from '../../shared/ids.ts';
import { channels } from '../../shared/wire/packet.ts';
import {
  decodeParameters,
  encodeParameters,
  profiles,
  type Parameters,
} from '../../shared/wire/parameters.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

interface ParametersJson {
  readonly versions: readonly number[];
  readonly profile: Parameters['profile'];
  readonly credits: Parameters['credits'];
  readonly instance: string;
}

type ParametersCase =
  /** This program writes the parameters as these bytes. */
  | (VectorCase & {
      readonly result: 'parameters';
      readonly parameters: ParametersJson;
      readonly bytes: string;
    })
  /** A reader takes the bytes. This program writes other ones. */
  | (VectorCase & {
      readonly result: 'parameters-only-read';
      readonly parameters: ParametersJson;
      readonly bytes: string;
    })
  | (VectorCase & { readonly result: 'malformed'; readonly bytes: string });

function decoded(bytes: string): ParametersJson {
  const parameters = decodeParameters(fromHex(bytes));
  if (parameters === undefined) throw new Error('the parameters are malformed');
  return parameters;
}

const cases = describeVectors<ParametersCase>('parameters', {
  parameters({ name, parameters }) {
    const instance = instanceIdFromBytes(fromHex(parameters.instance));
    const bytes = toHex(encodeParameters({ ...parameters, instance }));
    return { name, result: 'parameters', parameters: decoded(bytes), bytes };
  },
  'parameters-only-read'({ name, bytes }) {
    const parameters = decoded(bytes);
    const instance = instanceIdFromBytes(fromHex(parameters.instance));
    expect(toHex(encodeParameters({ ...parameters, instance }))).not.toBe(bytes);
    return { name, result: 'parameters-only-read', parameters, bytes };
  },
  malformed({ name, bytes }) {
    expect(decodeParameters(fromHex(bytes))).toBeUndefined();
    return { name, result: 'malformed', bytes };
  },
});

describe('the vectors of parameters', () => {
  it('PROTOCOL 2.7: have each profile, and credit on each channel', () => {
    const written = cases.flatMap((vector) => (vector.result === 'parameters' ? [vector.parameters] : []));
    expect(new Set(written.map(({ profile }) => profile))).toEqual(new Set(profiles));
    for (const channel of channels) expect(written.some(({ credits }) => credits[channel] > 0)).toBe(true);
  });
});
