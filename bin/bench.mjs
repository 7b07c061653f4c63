import { runUnderUs, setUp } from './setup.mjs';

const args = process.argv.slice(2);
// With --json, standard output is for the results alone.
if (args.includes('--json')) console.log = console.error;
runUnderUs(setUp(), 'bench/run.ts', args);
