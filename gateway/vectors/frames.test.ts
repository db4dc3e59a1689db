import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { decodeFrames, encodeFrame, type Frame } from '../../shared/wire/frames.ts';
import { describeVectors } from './describe-vectors.ts';
import { frameFromJson, frameToJson, type FrameCase } from './frame-vectors.ts';

function decodedFrames(plaintext: string): readonly Frame[] {
  const frames = decodeFrames(fromHex(plaintext));
  if (frames === 'malformed') throw new Error('the frames are malformed');
  return frames;
}

const cases = describeVectors<FrameCase>('frames', {
  frames({ name, frames }) {
    const given = frames.map(frameFromJson);
    const plaintext = given.map((frame, place) => toHex(encodeFrame(frame, given[place - 1]))).join('');
    return { name, result: 'frames', frames: decodedFrames(plaintext).map(frameToJson), plaintext };
  },
  'frames-only-read': ({ name, plaintext }) => ({
    name,
    result: 'frames-only-read',
    frames: decodedFrames(plaintext).map(frameToJson),
    plaintext,
  }),
  malformed({ name, plaintext }) {
    expect(decodeFrames(fromHex(plaintext))).toBe('malformed');
    return { name, result: 'malformed', plaintext };
  },
});

describe('the vectors of frames', () => {
  it('PROTOCOL 8.1: contain a valid frame of every type, and an invalid one of each type that can be invalid', () => {
    const withoutFields = ['PADDING', 'PING', 'CLASSIC'];
    const withFields =
      'ACK CREDIT UNRELIABLE PATH_CHALLENGE PATH_RESPONSE CLOSE KEY_SHARE UNKNOWN DATA'.split(' ');
    const seen = cases.flatMap((vector) =>
      vector.result === 'frames' ? vector.frames.map((frame) => frame.type) : [],
    );
    expect([...new Set(seen)].sort()).toEqual([...withoutFields, ...withFields, 'UNKNOWN_CREDIT'].sort());
    const malformed = cases.filter(({ result }) => result === 'malformed');
    expect(withFields.filter((type) => !malformed.some(({ name }) => name.startsWith(type)))).toEqual([]);
  });
});
