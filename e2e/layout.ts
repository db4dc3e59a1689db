import { expect, type Locator } from '@playwright/test';

// An element may still move when its text is there: a line appears above it, or a panel opens. So each of these waits for its layout.

/** No part of the element is outside of the window. */
export async function expectInsideWindow(element: Locator): Promise<void> {
  await expect
    .poll(() =>
      element.evaluate((shown) => {
        const { left, top, right, bottom } = shown.getBoundingClientRect();
        const outside = { left: -left, top: -top, right: right - innerWidth, bottom: bottom - innerHeight };
        return Object.entries(outside)
          .filter(([, pixels]) => pixels > 0)
          .map(([side, pixels]) => `${pixels} px outside, ${side}`);
      }),
    )
    .toEqual([]);
}

/** The `upper` element ends where the `lower` one begins, or before. */
export async function expectAbove(upper: Locator, lower: Locator): Promise<void> {
  await expect
    .poll(async () => {
      const [above, below] = [await upper.boundingBox(), await lower.boundingBox()];
      return above === null || below === null ? Number.NaN : below.y - above.y - above.height;
    })
    .toBeGreaterThanOrEqual(0);
}
