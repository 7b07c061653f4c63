import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkScenario } from './checkScenario.ts';
import { seed } from './history.ts';
import { printMatching } from './printMatching.ts';

/* The published scenario, with fixed choices and with fresh ones: how often the rule finds who called. */

describe('with fixed choices', () => checkScenario(1));
describe(`with fresh choices (seed ${seed})`, () => checkScenario(seed));

test('the document publishes what the command prints', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/matching.md'), 'utf8');
  for (const [heading, text] of Object.entries(printMatching()))
    assert.ok(document.includes(text), `${heading} is another now: npx tsx test/histories/printMatching.ts`);
});
