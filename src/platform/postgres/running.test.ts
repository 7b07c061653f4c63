import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Claimed, claimDataFolder, readRunning } from './running.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'switchhook-running-'));
after(() => rmSync(dataDir, { recursive: true, force: true }));

const published = {
  url: 'http://localhost:3000',
  databaseUrl: 'postgres://there/switchhook',
  restarts: 1,
  trouble: null,
};

function claim(): Claimed {
  const claimed = claimDataFolder(dataDir);
  assert.ok('publish' in claimed);
  return claimed;
}

test('nothing runs on a new folder', () => {
  assert.equal(readRunning(dataDir), null);
  assert.equal(readRunning(join(dataDir, 'missing')), null);
});

test('one process at a time runs on a folder, and can be found once it serves', () => {
  const claimed = claim();
  assert.equal(readRunning(dataDir), null);
  assert.deepEqual(claimDataFolder(dataDir), { heldBy: { pid: process.pid, url: null } });

  claimed.publish(published);
  assert.deepEqual(readRunning(dataDir), { pid: process.pid, ...published });
  assert.deepEqual(claimDataFolder(dataDir), { heldBy: { pid: process.pid, url: 'http://localhost:3000' } });

  claimed.release();
  assert.equal(readRunning(dataDir), null);
  claim().release();
});

test('only its owner can read the database address', { skip: process.platform === 'win32' }, () => {
  const claimed = claim();
  assert.equal(statSync(join(dataDir, 'running.json')).mode & 0o777, 0o600);
  claimed.publish(published);
  assert.equal(statSync(join(dataDir, 'running.json')).mode & 0o777, 0o600);
  claimed.release();
});

const leftovers: [string, string][] = [
  ['of a process that is gone', JSON.stringify({ ...published, pid: 2 ** 22 + 1, startedAt: 'once' })],
  [
    'whose process number another program has got',
    JSON.stringify({ ...published, pid: process.pid, startedAt: 'once' }),
  ],
  ['that is torn', '{"pid": 1'],
];
for (const [which, content] of leftovers) {
  test(`a claim ${which} keeps nobody out`, () => {
    writeFileSync(join(dataDir, 'running.json'), content);
    assert.equal(readRunning(dataDir), null);
    claim().release();
  });
}
