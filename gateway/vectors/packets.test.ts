import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { decodePacket, type Decoded } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { packetTypes } from '../../shared/wire/layout.ts';
import { describeVectors } from './describe-vectors.ts';
import { packetFromJson, packetToJson, wordHex, type PacketCase } from './packet-vectors.ts';
import { documentName } from './vector-files.ts';

function decodedCase(name: string, datagram: string, decoded: Decoded): PacketCase {
  switch (decoded.type) {
    case 'packet':
      return { name, result: 'packet', packet: packetToJson(decoded.packet), datagram };
    case 'dropped':
      return { name, result: 'dropped', cause: decoded.cause, datagram };
    case 'other-version': {
      const checksum = wordHex(decoded.checksum);
      return { name, result: 'other-version', version: decoded.version, checksum, datagram };
    }
    default:
      return decoded satisfies never;
  }
}

const read = ({ name, datagram }: PacketCase) => decodedCase(name, datagram, decodePacket(fromHex(datagram)));

const cases = describeVectors<PacketCase>('packets', {
  packet({ name, packet }) {
    const written = encodePacket(packetFromJson(packet));
    return decodedCase(name, toHex(written), decodePacket(written));
  },
  dropped: read,
  'other-version': read,
});

describe('the vectors of packets', () => {
  const types = ['version', ...Object.keys(packetTypes)].map(documentName);

  it('PROTOCOL 2.5: contain at least one valid and one invalid datagram of every type', () => {
    const valid = cases.flatMap((vector) => (vector.result === 'packet' ? [vector.packet.type] : []));
    expect(new Set(valid)).toEqual(new Set(types));
    const dropped = cases.filter(({ result }) => result === 'dropped');
    expect(types.filter((type) => !dropped.some(({ name }) => name.includes(type)))).toEqual([]);
  });

  it('PROTOCOL 2.4: contain each cause for which a datagram is no packet', () => {
    const causes = cases.flatMap((vector) => (vector.result === 'dropped' ? [vector.cause] : []));
    expect([...new Set(causes)].sort()).toEqual(
      [
        'too-short',
        'too-long',
        'not-ours',
        'checksum',
        'unknown-type',
        'unknown-pattern',
        'malformed',
      ].sort(),
    );
  });
});
