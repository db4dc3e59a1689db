import { iconWithBadge } from '../model/icon-badge.ts';

/** Shows a count on the icon of the tab, and on that of the installed app where the browser has one. */
export function showBadge(count: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon !== null)
    icon.href =
      count === 0 ? '/favicon.svg' : `data:image/svg+xml,${encodeURIComponent(iconWithBadge(count))}`;
  // Not every browser has the API. Some refuse it outside of an installed app, which changes nothing here.
  if (!('setAppBadge' in navigator)) return;
  const shown = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count);
  shown.catch(() => {});
}
