import type { AppView } from '../model/app-view.ts';

/** Follows a link of the app without loading the page. The browser keeps clicks that ask for a new tab. */
export function clientSideLink(
  app: Pick<AppView, 'go'>,
): (event: MouseEvent & { currentTarget: HTMLAnchorElement }) => void {
  return (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    app.go(event.currentTarget.pathname);
  };
}
