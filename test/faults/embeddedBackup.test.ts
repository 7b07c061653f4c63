import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoSignIns } from '../../db/demo.ts';
import { startEmbeddedPostgres } from '../../src/platform/postgres/start.ts';
import { digest, runCommand, startCommand } from './runCommand.ts';
import { type Product, startProduct, until } from './startProduct.ts';

/* The same with the embedded server and the whole product: the data folder is lost, and comes back from one file. */

const folder = mkdtempSync(join(tmpdir(), 'switchhook-backup-'));
const archive = join(folder, 'backup.tar.gz');
const administrator = demoSignIns.find((each) => each.role === 'Administrator')!;
let product: Product;
let settings: { DATA_DIR: string };
/** What was there when the data folder was lost. */
let expected: Record<string, string>;

before(async () => {
  product = await startProduct();
  settings = { DATA_DIR: product.dataDir };
});
after(async () => {
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function digestOfStopped(): Promise<Record<string, string>> {
  const server = await startEmbeddedPostgres({ dataDir: product.dataDir, note: () => {} });
  try {
    const { session, verification, ...kept } = await digest(server.url);
    return kept;
  } finally {
    await server.stop();
  }
}

test('a running instance is backed up, and never restored over', async () => {
  await product.signIn(administrator.email, administrator.password);
  const written = await runCommand(['backup', join(folder, 'running.tar.gz')], settings);
  assert.equal(written.code, 0, written.said);
  const listed = await runCommand(['backup', '--verify', join(folder, 'running.tar.gz')], settings);
  assert.match(listed.said, /A whole backup: \d+ tables/);
  assert.match(listed.said, /public\.person +10\n/);
  assert.match(listed.said, /Migrations: 0001_house\.sql/);
  const refused = await runCommand(['restore', join(folder, 'running.tar.gz'), '--replace'], settings);
  assert.equal(refused.code, 1);
  assert.match(refused.said, /A Switchhook runs on .* Stop it/);
});

test('backup → destroy → restore → the same', async () => {
  await product.stop('the data folder');
  expected = await digestOfStopped();
  const written = await runCommand(['backup', archive], settings);
  assert.equal(written.code, 0, written.said);
  rmSync(product.dataDir, { recursive: true });
  const nothing = await runCommand(['backup'], settings);
  assert.match(nothing.said, /There is no database in/);
  const restored = await runCommand(['restore', archive], settings);
  assert.equal(restored.code, 0, restored.said);
  assert.deepEqual(await digestOfStopped(), expected);
});

test('kill -9 in the middle of a restore leaves what was there', async () => {
  const command = startCommand(['restore', archive, '--replace'], settings);
  await until('the middle', async () => command.said().includes('Replacing') || command.process.exitCode !== null);
  command.process.kill('SIGKILL');
  assert.doesNotMatch((await command.ended).said, /Restored/);
  assert.deepEqual(await digestOfStopped(), expected);
});

test('a restored instance starts and lets people in anew; who was signed in is not any more', async () => {
  product = await startProduct(product.dataDir);
  await product.signIn(administrator.email, administrator.password);
  assert.equal((await product.ask('GET', '/api/v1/accounts')).status, 200);
  const [row] = await product.query<{ sessions: number }>('select count(*)::int as sessions from session');
  assert.equal(row!.sessions, 1);
});
