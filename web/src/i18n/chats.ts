/** The words of the list of chats, which the page loads with its dialog. */
export const chatsTexts = {
  heading: 'Chats on this computer',
  close: 'Close',
  loading: 'Loading …',
  none: 'This computer knows no other chat. To join one, leave this chat first.',
  hosted: 'hosted on this computer',
  leaving: (nickname: string, place: string) =>
    `One chat is open at a time. When you open another one, you go offline as ${nickname} (${place}).`,
  nothingWaits: 'New messages to you wait on its server.',
  waitsThere: (count: number) =>
    `${count === 1 ? '1 message of yours waits' : `${count} messages of yours wait`} there until you open it again.`,
  endsHosting: 'This computer hosts that chat: it ends for everyone until you open it again.',
  opened: (when: string) => `Last opened ${when}`,
  waits: (count: number) => (count === 1 ? '1 unsent message' : `${count} unsent messages`),
  open: 'Open',
  openLabel: (nickname: string, place: string) => `Open the chat of ${nickname}, ${place}`,
  endAndOpen: 'End the chat for everyone, and open',
  cancel: 'Cancel',
};
