/** The systems that have advice of their own on how to stay on a Wi-Fi without internet. */
export const wifiSystems = ['ios', 'android', 'other'] as const;
export type WifiSystem = (typeof wifiSystems)[number];

type Device = Pick<Navigator, 'userAgent' | 'maxTouchPoints'>;

/** Returns the system of a phone or tablet, or null. */
export function phoneOf({ userAgent, maxTouchPoints }: Device): Exclude<WifiSystem, 'other'> | null {
  if (userAgent.includes('Android')) return 'android';
  // An iPad says that it is a Mac. No Mac has a touch screen.
  const isPad = userAgent.includes('Macintosh') && maxTouchPoints > 1;
  return isPad || /iPhone|iPad|iPod/u.test(userAgent) ? 'ios' : null;
}

export function wifiSystemOf(device: Device): WifiSystem {
  return phoneOf(device) ?? 'other';
}
