import { postText, type Content, type RoomNotice } from './message.ts';

/** Returns the content as a text, for places that show nothing else. Apart from `postText`, because the first load of the app needs no notices. */
export function contentText(content: Content): string {
  return content.kind === 'notice' ? noticeText(content.entry) : postText(content);
}

/** Returns what the author of the entry did, without the names of members. */
function noticeText(entry: RoomNotice): string {
  switch (entry.kind) {
    case 'topic':
      return entry.topic === '' ? noticeTexts.topic : `${noticeTexts.topic} to "${entry.topic}"`;
    case 'create':
    case 'name':
      return `${noticeTexts[entry.kind]} "${entry.name}"`;
    default:
      return noticeTexts[entry.kind];
  }
}

const noticeTexts: Readonly<Record<RoomNotice['kind'], string>> = {
  create: 'created the room',
  join: 'joined the room',
  leave: 'left the room',
  invite: 'invited a person',
  remove: 'removed a member',
  ban: 'banned a person',
  unban: 'lifted a ban',
  role: 'changed the role of a member',
  'hand-over': 'handed the room over',
  silence: 'silenced a member',
  unsilence: 'let a member post again',
  hide: 'hid a message',
  unhide: 'shows a hidden message again',
  pin: 'pinned a message',
  unpin: 'unpinned a message',
  topic: 'changed the topic',
  name: 'named the room',
  mode: 'changed who may post',
  history: 'changed what new members see',
  retention: 'changed how long messages are kept',
  archive: 'archived the room',
  'name-owner': 'named the owner',
  close: 'ended the room',
};
