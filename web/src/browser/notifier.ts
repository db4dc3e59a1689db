interface Shown {
  readonly title: string;
  readonly body: string;
  readonly onclick: () => void;
}

/** The notifications of this page. One for each tag: a newer one replaces it. */
export class Notifier {
  readonly #shown = new Map<string, Notification>();

  /** Returns whether the browser can. Chromium on Android has notifications only of service workers. */
  show(tag: string, { title, body, onclick }: Shown): boolean {
    let notification: Notification;
    try {
      // The app plays its own sound. `tag` also replaces the notification of another tab of this browser.
      notification = new Notification(title, { body, tag, silent: true });
    } catch {
      return false;
    }
    notification.addEventListener('click', () => {
      window.focus();
      notification.close();
      onclick();
    });
    notification.addEventListener('close', () => {
      if (this.#shown.get(tag) === notification) this.#shown.delete(tag);
    });
    this.#shown.get(tag)?.close();
    this.#shown.set(tag, notification);
    return true;
  }

  close(tag: string): void {
    this.#shown.get(tag)?.close();
    this.#shown.delete(tag);
  }

  closeAll(): void {
    for (const tag of [...this.#shown.keys()]) this.close(tag);
  }
}
