import { runProgram } from './program.ts';
import { appFolder } from './release.ts';

await runProgram(process.argv.slice(2), { type: 'static', folder: appFolder });
