@rem The scripts of package.json begin with "exec" so that signals reach the program through npm's shell; cmd.exe has no exec, this stands in. Not tested on Windows yet.
@rem Windows has no sh either: the start script runs without it.
@if "%~1"=="sh" goto start
@%*
@exit /b
:start
@node scripts/start.mjs %*
