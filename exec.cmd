@rem The scripts of package.json begin with "exec" so that signals reach the program through npm's shell; cmd.exe has no exec, this stands in. Not tested on Windows yet.
@%*
