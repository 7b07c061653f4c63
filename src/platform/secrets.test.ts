import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepKey, openSecrets } from './secrets.ts';

const secrets = openSecrets(Buffer.alloc(32, 1));

test('what was sealed opens with the same key, for the same purpose, unchanged', () => {
  const sealed = secrets.seal('hello', 'greeting');
  assert.equal(secrets.open(sealed, 'greeting'), 'hello');
  assert.equal(secrets.open(sealed, 'farewell'), null);
  assert.equal(openSecrets(Buffer.alloc(32, 2)).open(sealed, 'greeting'), null);
  for (let index = 0; index < sealed.length; index += 1) {
    const bent = Buffer.from(sealed);
    bent[index]! ^= 1;
    assert.equal(secrets.open(bent, 'greeting'), null, `byte ${index}`);
  }
  assert.equal(secrets.open(Buffer.alloc(3), 'greeting'), null);
});

test('sealed twice, it looks different', () => {
  assert.notDeepEqual(secrets.seal('hello', 'greeting'), secrets.seal('hello', 'greeting'));
});

test('a derived secret is the same each time, and another for each purpose', () => {
  assert.equal(secrets.derive('a'), secrets.derive('a'));
  assert.notEqual(secrets.derive('a'), secrets.derive('b'));
});

test('the key is made once, for its owner only, and a given one wins', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'key-'));
  try {
    const settings = { dataDir: join(dataDir, 'deep'), secretKey: null };
    const key = keepKey(settings);
    assert.equal(key.length, 32);
    assert.deepEqual(keepKey(settings), key);
    assert.equal(statSync(join(dataDir, 'deep', 'secret.key')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(dataDir, 'deep')), ['secret.key'], 'nothing is left beside it');
    writeFileSync(join(dataDir, 'deep', 'secret.key'), '');
    assert.throws(() => keepKey(settings), /holds no key of 32 bytes/);
    assert.equal(keepKey({ ...settings, secretKey: Buffer.alloc(32, 9).toString('base64url') })[0], 9);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
