import { type Channel, channels } from './packet.ts';

/** How a side wants to send: as the network allows, or by the original's rule (one packet in flight, 0.5 s, 5 tries). */
export const profiles = ['normal', 'classic'] as const;
export type Profile = (typeof profiles)[number];

/** What each side tells the other in its last handshake message, sealed. */
export interface Parameters {
  readonly profile: Profile;
  /** The cost of what the other side may send on each channel before it is granted more (CREDIT). */
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

/** Undefined when they are no parameters. What a later program adds behind them is ignored. */
export function decodeParameters(bytes: Uint8Array): Parameters | undefined {
  if (bytes.length < parametersBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const profile = profiles[view.getUint8(profileOffset)];
  if (profile === undefined) return undefined;
  const credit = (channel: Channel): number =>
    view.getUint32(creditsOffset + channels.indexOf(channel) * creditBytes);
  return { profile, credits: { control: credit('control'), chat: credit('chat'), bulk: credit('bulk') } };
}
