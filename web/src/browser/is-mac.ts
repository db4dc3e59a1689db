/** Whether the commands of this system have Cmd in place of Ctrl. */
export const isMac = /Mac|iPhone|iPad/u.test(navigator.userAgent);
