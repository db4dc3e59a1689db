import { runProgram } from './cli/program.ts';
import { appFolder } from './cli/version.ts';

await runProgram(process.argv.slice(2), { type: 'static', folder: appFolder });
