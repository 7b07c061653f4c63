import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectDir } from '../src/platform/config.ts';

/* That the bench runs and says what it promises; its figures are nobody's business here. */

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(projectDir, 'bin/bench.mjs'), ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test('--json prints one object for each case, and nothing else', async () => {
  const { code, stdout, stderr } = await bench('sign-in-page', '--json', '--rounds', '1', '--seconds', '0.1');
  assert.equal(code, 0, stderr);
  const { ratio, p99Ms, ...said } = JSON.parse(stdout);
  assert.deepEqual(said, { case: 'sign-in-page', aim: 0.5, better: 'higher' });
  assert.ok(ratio > 0 && p99Ms > 0, stdout);
});

test('cases that write what we write beside a peer of their own are answered rightly, on both sides', async () => {
  const cases = ['inbound-call', 'visit', 'pool-visit'];
  const { code, stdout, stderr } = await bench(...cases, '--json', '--rounds', '1', '--seconds', '0.1');
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).case),
    cases,
  );
});

test('--list names the cases; a name that is none gets a sentence', async () => {
  const { stdout } = await bench('--list');
  const names = [...stdout.matchAll(/^(\S+):/gm)].map((match) => match[1]);
  assert.deepEqual(names, [
    'inbound-call',
    'inbound-call-one-account',
    'sign-in-page',
    'call-log-page',
    'site-config',
    'visit',
    'pool-visit',
    'cold-start',
    'cancel-agency',
    'billing-run',
    'postings-one-wallet',
    'postings-many-wallets',
    'snippet-page',
  ]);
  const { code, stdout: nothing, stderr } = await bench('outbound-call');
  assert.equal(code, 2);
  assert.equal(nothing, '');
  assert.match(stderr, /There is no case outbound-call; there are inbound-call, /);
});
