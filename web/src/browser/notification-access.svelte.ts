import type { NotificationAccess } from '../model/notifications.ts';

/** Whether the browser shows notifications of this page. */
export class BrowserNotificationAccess {
  #now = $state.raw<NotificationAccess>(look());

  constructor() {
    // The user can change it in the settings of the browser. Not every browser tells.
    if (this.#now === 'insecure' || this.#now === 'none') return;
    navigator.permissions
      .query({ name: 'notifications' })
      .then((status) => status.addEventListener('change', () => (this.#now = look())))
      .catch(() => {});
  }

  get now(): NotificationAccess {
    return this.#now;
  }

  /** Asks the user. Browsers ask only after a click, and only once. */
  async ask(): Promise<void> {
    await Notification.requestPermission();
    this.#now = look();
  }

  /** The browser has notifications, but none of pages. */
  lose(): void {
    this.#now = 'none';
  }
}

function look(): NotificationAccess {
  if (!isSecureContext) return 'insecure';
  return 'Notification' in window ? Notification.permission : 'none';
}
