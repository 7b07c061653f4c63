import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('a carrier’s tokens are kept out of the log, from wherever in the house they come', () => {
  const carrier = { authToken: 'hunter2', secondaryAuthToken: 'hunter3', accountSid: 'AC1' };
  const things = [carrier, { carrier }, { config: { carrier } }, { house: { config: { carrier } } }];
  const script = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))};
    const log = createLog('test', 'info');
    for (const each of ${JSON.stringify(things)}) log.info(each, 'said');`;
  const lines = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(lines.match(/"AC1"/g)?.length, things.length);
  assert.doesNotMatch(lines, /hunter/);
});
