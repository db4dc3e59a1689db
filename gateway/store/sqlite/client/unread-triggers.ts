/** If fewer messages are left after a read mark, they are counted. Otherwise those are counted that the mark has passed. */
const leftMax = 1_000;

const me = '(SELECT peer.number FROM peer JOIN client ON client.key = peer.key)';

/** Whether a row of `message` waits to be read, if it stands after the read mark. */
function counts(row: string): string {
  return `${row}.shown = 1 AND ${row}.kind <> 'notice' AND ${row}.author IS NOT ${me}`;
}

function addIfUnread(row: string, count: number): string {
  return `
      UPDATE conversation SET unread = unread + ${count}
      WHERE number = ${row}.conversation AND (${row}.major, ${row}.minor) > (read_major, read_minor);`;
}

function countBetween(after: string, upTo: string): string {
  return `(
          SELECT count(*) FROM message WHERE conversation = NEW.number AND ${counts('message')}
            AND (major, minor) > (${after}.read_major, ${after}.read_minor)
            AND (major, minor) <= (${upTo}.read_major, ${upTo}.read_minor))`;
}

const messageChanged = 'AFTER UPDATE OF conversation, author, major, minor, shown, kind ON message';

/**
 * Triggers that keep `conversation.unread`: the messages of others after the read mark, without notices. SQLite runs them for
 * each statement that adds, moves, changes or removes a message, or moves a mark, and in the transaction of that statement.
 * So no code can forget the count, and the count is undone with what is undone.
 */
export const unreadTriggers = `
    CREATE TRIGGER message_added AFTER INSERT ON message WHEN ${counts('NEW')} BEGIN ${addIfUnread('NEW', 1)}
    END;
    CREATE TRIGGER message_removed AFTER DELETE ON message WHEN ${counts('OLD')} BEGIN ${addIfUnread('OLD', -1)}
    END;
    CREATE TRIGGER message_changed_before ${messageChanged} WHEN ${counts('OLD')} BEGIN ${addIfUnread('OLD', -1)}
    END;
    CREATE TRIGGER message_changed_after ${messageChanged} WHEN ${counts('NEW')} BEGIN ${addIfUnread('NEW', 1)}
    END;
    CREATE TRIGGER read_mark_moved AFTER UPDATE OF read_major, read_minor ON conversation BEGIN
      UPDATE conversation SET unread = (
        SELECT iif(count(*) < ${leftMax}, count(*),
          NEW.unread - ${countBetween('OLD', 'NEW')} + ${countBetween('NEW', 'OLD')})
        FROM (
          SELECT 1 FROM message WHERE conversation = NEW.number AND ${counts('message')}
            AND (major, minor) > (NEW.read_major, NEW.read_minor)
          LIMIT ${leftMax}))
      WHERE number = NEW.number;
    END;`;
