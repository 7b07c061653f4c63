import { runUnderUs, setUp } from './setup.mjs';

runUnderUs(setUp(), 'src/main.ts', process.argv.slice(2));
