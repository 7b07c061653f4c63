import { runUnderUs, setUp } from './setup.mjs';

runUnderUs(setUp(), 'bin/runGenerate.ts', []);
