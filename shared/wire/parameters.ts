import { type Channel, channels } from './packet.ts';

/** How a side sends: as the network allows, or by the original program's rule (one packet in flight, 0.5 s, 5 attempts). */
export const profiles = ['normal', 'classic'] as const;
export type Profile = (typeof profiles)[number];

/** The parameters that each side sends in its last handshake message, sealed. */
export interface Parameters {
  readonly profile: Profile;
  /** The cost that the other side may send on each channel before it gets more CREDIT. */
  readonly credits: Readonly<Record<Channel, number>>;
}

/** PROTOCOL 4.1: a byte for the profile, then a 32-bit credit for each channel. */
const profileOffset = 0;
const creditsOffset = 1;
const creditBytes = 4;
const parametersBytes = creditsOffset + channels.length * creditBytes;

export function encodeParameters({ profile, credits }: Parameters): Uint8Array {
  const bytes = new Uint8Array(parametersBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(profileOffset, profiles.indexOf(profile));
  channels.forEach((channel, index) => view.setUint32(creditsOffset + index * creditBytes, credits[channel]));
  return bytes;
}

/** Returns undefined for invalid parameters. Ignores bytes that a later program may append. */
export function decodeParameters(bytes: Uint8Array): Parameters | undefined {
  if (bytes.length < parametersBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const profile = profiles[view.getUint8(profileOffset)];
  if (profile === undefined) return undefined;
  const credit = (channel: Channel): number =>
    view.getUint32(creditsOffset + channels.indexOf(channel) * creditBytes);
  return { profile, credits: { control: credit('control'), chat: credit('chat'), bulk: credit('bulk') } };
}
