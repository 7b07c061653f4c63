import { randomInt } from 'node:crypto';
import { runUnderUs, setUp } from './setup.mjs';

const seed = process.env.SEED || String(randomInt(2 ** 31));
console.log(`Seed ${seed} (SEED=${seed} npm run soak repeats this run's random choices).`);
runUnderUs(setUp(), 'bin/runTests.ts', process.argv.slice(2), { SEED: seed, SOAK: '1' });
