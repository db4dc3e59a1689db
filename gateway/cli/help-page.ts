/** What `--help` prints. At most 80 columns, so that no terminal breaks a line. */
export const helpPage = `Chatagram: chat on the local network, with nothing but the computers on it.

Usage
  chatagram [options]                 the app: start a chat here, or join one
  chatagram -c <nick> <server-ip> <server-port> <client-port> [options]
                                      join at once as <nick>; client-port 0: any
  chatagram -s <port> [options]       be the server at this UDP port
  chatagram backup <file>             all chats of this computer into a file
  chatagram restore <file>            and back; both with --data, also while
                                      gateways run

Options
  --http <host:port>   where the browser finds the app, and GET /healthz
                       (default 127.0.0.1:5050, or the next free port)
  --data <dir>         where names and messages are kept
                       (default: a folder for each nickname and server)
  --quota <spec>       with -s: what may wait here, kept for later starts:
                       mailbox=10000,mailbox-mib=64,sender=2000,
                       sender-mib=12,days=30 (for one recipient, of one
                       sender, and how long while the server runs)
  --no-open            do not open the browser
  --terminal           with -c: the >>> prompt in this window, or piped input
  --json               events and commands as JSON lines, for scripts
  --log <level>        silent, fatal, error, warn, info, debug or trace
                       (default warn; the log goes to standard error)
  --lab <spec>         make the network bad on purpose, to see what happens:
                       loss=20,dup=10,reorder=5,corrupt=1,delay=5±3,seed=7
                       (percent; milliseconds)
  --classic            the original's rule: one datagram in flight to each
                       peer, tried every 0.5 s, 5 times
  -h, --help           print this
  -v, --version        print the version

At the >>> prompt
  clients                 who is in the chat, and who is online
  send <nick> <message>   direct, or to the server's mailbox if <nick> is away
  classic <nick> on|off   stop-and-wait with <nick>, as in the original
  stats                   round trips, losses and drops of the connections
  dereg                   go offline;  reg  comes back
  quit                    leave;  help  lists the commands
  Enter alone             a new link for the browser

In the window of a server, and at the prompt of who hosts the chat
  names                   who has a nickname, who is online, what waits
  release <nick>          take a nickname away, so that anybody can have it
  quota [spec]            show or set what may wait here

Exit codes
  0  ended as asked          1  a port, a folder or a message was refused
  2  wrong command line     70  a fault in the program

Examples
  chatagram -s 50000
  chatagram -c alice 192.168.1.7 50000 0
  echo 'send bob hello' | chatagram -c alice 192.168.1.7 50000 0 --terminal
`;
