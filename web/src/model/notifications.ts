import type { EphemeralEvent } from '../../../shared/bridge/events.ts';

/** What the gateway lets this tab tell the user. */
export type Notice = Extract<EphemeralEvent, { type: 'notification' }>;

/** Whether this browser shows notifications. `insecure`: it would at another address. `none`: it has no notifications. */
export type NotificationAccess = 'default' | 'granted' | 'denied' | 'insecure' | 'none';
