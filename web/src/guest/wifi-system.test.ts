import { expect, it } from 'vitest';
import { phoneOf, wifiSystemOf } from './wifi-system.ts';

const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
const safariOfMac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15';
const pixel = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile';
const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0';

it.each([
  [iPhone, 5, 'ios'],
  [safariOfMac, 5, 'ios'],
  [safariOfMac, 0, null],
  [pixel, 5, 'android'],
  [linux, 10, null],
  ['', 0, null],
] as const)('a browser that says %s with %s touch points is on %s', (userAgent, maxTouchPoints, phone) => {
  expect(phoneOf({ userAgent, maxTouchPoints })).toBe(phone);
  expect(wifiSystemOf({ userAgent, maxTouchPoints })).toBe(phone ?? 'other');
});
