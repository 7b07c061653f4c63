import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Child, keepChild, listenRefusal } from './children.ts';
import { readConfig } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'switchhook-children-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const patient = { timeout: 120_000, interval: 20 };

/** A child whose start is the given body of a function. */
function keep(name: string, body: string, said: string[]): Child {
  const file = write(name, body);
  return keepChild({ name, file, env: { SWITCHHOOK_DATABASE_URL: 'postgres://x/y' }, note: (line) => said.push(line) });
}

function write(name: string, body: string): string {
  const file = join(dir, `${name}.mts`);
  writeFileSync(
    file,
    `import { runChild } from ${JSON.stringify(import.meta.resolve('./children.ts'))};
     await runChild(async (config, databaseUrl) => { ${body} });`,
  );
  return file;
}

const serve = 'const timer = setInterval(() => {}, 1000); return { stop: async () => clearInterval(timer) };';

describe('a child', () => {
  test('comes up again after a kill -9, and stops when it is told to', async (t) => {
    const said: string[] = [];
    const child = keep('web', serve, said);
    await child.ready;
    const firstPid = child.pid();
    process.kill(firstPid!, 'SIGKILL');
    await t.waitFor(() => assert.equal(said.at(-1), 'The web process serves again.'), patient);
    assert.equal(said[0], 'The web process is gone and starts again in 0.5 s. It ended by SIGKILL.');
    assert.notEqual(child.pid(), firstPid);
    await child.stop();
    assert.throws(() => process.kill(child.pid()!, 0), { code: 'ESRCH' });
    assert.equal(said.length, 2);
  });

  test('that can not start says why', async () => {
    const child = keep('worker', "throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });", []);
    await assert.rejects(
      child.ready,
      /^StartRefused: The worker process could not start\. PORT \d+ is in use by another/,
    );
    await child.stop();
  });

  test('is replaced once the next one serves, and finishes what it does', async () => {
    const said: string[] = [];
    const child = keep('web', serve, said);
    await child.ready;
    const firstPid = child.pid()!;
    await child.replace();
    assert.throws(() => process.kill(firstPid, 0), { code: 'ESRCH' });
    process.kill(child.pid()!, 0);
    await child.stop();
    assert.deepEqual(said, []);
  });

  test('stays when the next one can not start, and is still revived', async (t) => {
    const said: string[] = [];
    const child = keep('web', serve, said);
    await child.ready;
    const firstPid = child.pid()!;
    write('web', "throw new Error('a comma is missing');");
    await assert.rejects(
      child.replace(),
      /^Error: The new web process could not start, so the old one stays\. a comma/,
    );
    assert.equal(child.pid(), firstPid);
    write('web', serve);
    process.kill(firstPid, 'SIGKILL');
    await t.waitFor(() => assert.equal(said.at(-1), 'The web process serves again.'), patient);
    await child.stop();
    assert.equal(said.length, 2);
  });

  test('is stopped at once even when it would never stop by itself', async (t) => {
    const child = keep('stubborn', 'setInterval(() => {}, 1000); return { stop: () => new Promise(() => {}) };', []);
    await child.ready;
    child.stopAtOnce();
    await t.waitFor(() => assert.throws(() => process.kill(child.pid()!, 0), { code: 'ESRCH' }), patient);
  });
});

test('an address that can not be listened on gets a sentence', () => {
  const read = readConfig({ PORT: '8080' });
  assert.ok(read.ok);
  const refusal = (code: string) => listenRefusal(Object.assign(new Error(code), { code }), read.config);
  assert.match(refusal('EADDRINUSE')!, /^PORT 8080 is in use by another program\. .* such as PORT=8081\.$/);
  assert.match(refusal('EACCES')!, /^PORT 8080 is not allowed/);
  assert.match(refusal('EADDRNOTAVAIL')!, /^HOST 127\.0\.0\.1 is not an address of this machine/);
  assert.equal(refusal('EMFILE'), null);
});
