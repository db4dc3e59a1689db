import { instanceIdFromBytes, fromHex, type InstanceId } from '../ids.ts';
import { greaseBytes, greaseNumber, greaseVersion, type RandomBytes } from './grease.ts';
import { protocolVersion } from './layout.ts';
import { type Channel, channels } from './packet.ts';
import { varintBytes, VarintReader, writeVarint } from './varint.ts';

/** How a side sends: as the network allows, or by the original program's rule (one packet in flight, 0.5 s, 5 attempts). */
export const profiles = ['normal', 'classic'] as const;
export type Profile = (typeof profiles)[number];

/** The parameters that each side sends in its last handshake message, sealed. */
export interface Parameters {
  /** The versions that the sender speaks. The first is the version of this handshake. */
  readonly versions: readonly number[];
  readonly profile: Profile;
  /** The cost that the other side may send on each channel before it gets more CREDIT. */
  readonly credits: Readonly<Record<Channel, number>>;
  /** The sender's process: it tells two gateways with one key apart. */
  readonly instance: InstanceId;
}

/** PROTOCOL 2.7: the type of each parameter. */
export const parameterTypes = { versions: 0x01, profile: 0x02, credits: 0x03, instance: 0x04 } as const;
export const parametersBytesMax = 1_024;
const instanceBytes = 8;

/** With `grease`, adds a reserved parameter, version and channel. */
export function encodeParameters(parameters: Parameters, grease: RandomBytes | null = null): Uint8Array {
  const versions = [...parameters.versions];
  const credits: number[] = channels.flatMap((channel, index) => [index, parameters.credits[channel]]);
  const list: (readonly [type: number, value: Uint8Array])[] = [];
  if (grease !== null) {
    versions.push(greaseVersion(grease));
    credits.push(greaseNumber(grease), 0);
    list.push([greaseNumber(grease), greaseBytes(grease)]);
  }
  list.push(
    [parameterTypes.versions, Uint8Array.from(versions)],
    [parameterTypes.profile, numbers([profiles.indexOf(parameters.profile)])],
    [parameterTypes.credits, numbers(credits)],
    [parameterTypes.instance, fromHex(parameters.instance)],
  );
  return encodeList(list);
}

/** Writes any list of parameters, valid or not. */
export function encodeList(list: readonly (readonly [type: number, value: Uint8Array])[]): Uint8Array {
  const byteCount = list.reduce(
    (sum, [type, { length }]) => sum + varintBytes(type) + varintBytes(length) + length,
    0,
  );
  const bytes = new Uint8Array(byteCount);
  let at = 0;
  for (const [type, value] of list) {
    at = writeVarint(bytes, writeVarint(bytes, at, type), value.length);
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

/** PROTOCOL 2.7: returns undefined for malformed parameters. Ignores unknown types, channels and profiles. */
export function decodeParameters(bytes: Uint8Array): Parameters | undefined {
  const values = decodeList(bytes);
  const versions = values?.get(parameterTypes.versions);
  const instance = values?.get(parameterTypes.instance);
  const profile = decodeProfile(values?.get(parameterTypes.profile));
  const credits = decodeCredits(values?.get(parameterTypes.credits));
  if (versions?.[0] !== protocolVersion || instance?.length !== instanceBytes) return undefined;
  if (profile === undefined || credits === undefined) return undefined;
  return { versions: [...versions], profile, credits, instance: instanceIdFromBytes(instance) };
}

function decodeList(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | undefined {
  if (bytes.length > parametersBytesMax) return undefined;
  const values = new Map<number, Uint8Array>();
  const reader = new VarintReader(bytes);
  while (reader.left > 0) {
    const type = reader.varint();
    const value = reader.take(reader.varint());
    if (reader.isBroken || values.has(type)) return undefined;
    values.set(type, value);
  }
  return values;
}

/** An absent or unknown profile is `normal`. */
function decodeProfile(value: Uint8Array | undefined): Profile | undefined {
  if (value === undefined) return 'normal';
  const reader = new VarintReader(value);
  const profile = reader.varint();
  if (reader.isBroken || reader.left > 0) return undefined;
  return profiles[profile] ?? 'normal';
}

/** A channel that is not named has no credit. */
function decodeCredits(value: Uint8Array | undefined): Parameters['credits'] | undefined {
  const limits = new Map<number, number>();
  const reader = new VarintReader(value ?? new Uint8Array(0));
  while (reader.left > 0) {
    const channel = reader.varint();
    const limit = reader.varint();
    if (reader.isBroken || limits.has(channel)) return undefined;
    limits.set(channel, limit);
  }
  const credit = (channel: Channel): number => limits.get(channels.indexOf(channel)) ?? 0;
  return { control: credit('control'), chat: credit('chat'), bulk: credit('bulk') };
}

function numbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintBytes(value), 0));
  values.reduce((at, value) => writeVarint(bytes, at, value), 0);
  return bytes;
}
