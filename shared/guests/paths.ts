/** Where the page of a guest opens its WebSocket, at the origin from which it came. */
export const guestSocketPath = '/guest';

/** The page, in the folder of its files. It is also what `/` answers with. */
export const guestPageFile = 'guest.html';
