/** What the menu of the user opens in a dialog. `wifi` and `protection` are for guests. */
export type UserDialog = 'keys' | 'chats' | 'leave' | 'wifi' | 'protection';
