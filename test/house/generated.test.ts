import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generate } from '../../src/generate.ts';
import { openDatabase } from '../world.ts';

const root = join(import.meta.dirname, '../..');

test('what is printed is fresh: `npm run generate` would change nothing', async () => {
  for (const [path, content] of Object.entries(await generate(await openDatabase('empty')))) {
    assert.equal(readFileSync(join(root, path), 'utf8'), content, `${path} is stale`);
  }
});
