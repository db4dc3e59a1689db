# `npm start` where the system has a shell: the set-up ends before the program begins. Only the program stays in memory.
# The set-up prints the command that begins the program on descriptor 3, and its own words where they always go.
exec 4>&1
command=$(CHATAGRAM_COMMAND_TO=3 node scripts/start.mjs "$@" 3>&1 >&4 4>&-) || exit
exec 4>&-
eval "$command"
