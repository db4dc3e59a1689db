/** From here on, the icon has no room for the number. */
const shownMax = 9;

/** Returns the icon of the page with a count on it, as SVG (UI 18). The icon without one is web/public/favicon.svg. */
export function iconWithBadge(count: number): string {
  const text = count > shownMax ? `${shownMax}+` : String(count);
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    '<path fill="#0b6b5f" d="M7 3h18a4 4 0 0 1 4 4v13a4 4 0 0 1-4 4H14.6l-5.9 5.2A1 1 0 0 1 7 28.4V24a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4Z"/>' +
    '<circle cx="22" cy="10" r="10" fill="#c4302b"/>' +
    `<text x="22" y="15" font-family="sans-serif" font-size="${text.length > 1 ? 12 : 15}" font-weight="700" text-anchor="middle" fill="#fff">${text}</text>` +
    '</svg>'
  );
}
