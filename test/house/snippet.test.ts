import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { newSid } from '../../src/platform/ids.ts';
import { presets } from '../../src/rules/presets.ts';
import { noRules, toSiteSource } from '../../src/rules/sources.ts';
import type { SiteConfig } from '../../src/rules/swapping.ts';
import { wrapScript } from '../../src/swapping/script.ts';
import { buildAssets } from '../../src/web/buildAssets.ts';
import { builtSnippet, snippetSources } from '../../src/web/bundleSnippet.ts';

/* What runs on strangers' pages: how heavy it is, and that nothing gets into it that should not. */

const ceilingBytes = 3072;

before(buildAssets);

const config: SiteConfig = {
  version: '1',
  siteId: 7,
  cookieDays: 30,
  storage: 'cookie',
  respectsSignals: true,
  sources: [
    { id: 'TSOa', rules: [['referrer', true, '</script>\u2028$&']], swaps: [['+1 2125550199', '+1 7205550111']] },
  ],
};

test(`the website's script is at most ${ceilingBytes} bytes, gzipped, without its configuration`, () => {
  const bytes = gzipSync(readFileSync(builtSnippet), { level: 9 }).length;
  assert.ok(bytes <= ceilingBytes, `${bytes} bytes`);
});

test('with a configuration it stays light: three preset sources as a browser loads them', (context) => {
  const sources = presets
    .slice(0, 3)
    .map((preset, index) =>
      toSiteSource({ ...noRules, ...preset.rules, sid: newSid('TSO'), isLastTouch: false, isPool: false }, [
        [`+1 212555019${index}`, `+1 720555011${index}`],
      ]),
    );
  const script = wrapScript({ ...config, sources });
  const [br, gzip] = [brotliCompressSync(script).length, gzipSync(script, { level: 9 }).length];
  context.diagnostic(`${br} bytes by Brotli, ${gzip} gzipped`);
  assert.ok(br <= 3_400 && gzip <= 3_800, `${br} and ${gzip} bytes`);
});

test('it has one place for a configuration, which can not get out of there', () => {
  assert.equal(readFileSync(builtSnippet, 'utf8').split('SITE').length, 2);
  const script = wrapScript(config);
  assert.doesNotMatch(script, /<[!/]|\u2028|\u2029/);
  const literal = /\{"version".*?\}\]\}/.exec(script)![0];
  assert.deepEqual(JSON.parse(literal), config);
  new Function(script);
});

test('without a configuration it is a comment', () => {
  assert.match(wrapScript(null), /^\/\*[^*]*\*\/\n$/);
});

test('it imports itself and the rule of swapping, and nothing else', () => {
  const imported = globSync('*.ts', { cwd: snippetSources }).flatMap((file) =>
    [...readFileSync(join(snippetSources, file), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]!),
  );
  assert.deepEqual(
    imported.filter((path) => !path.startsWith('./') && path !== '../src/rules/swapping.ts'),
    [],
  );
});

test('it makes no code of texts, writes no markup, and says nothing into a console', () => {
  assert.doesNotMatch(
    readFileSync(builtSnippet, 'utf8'),
    /\beval\b|new Function|innerHTML|document\.write|console\.|localStorage|sessionStorage|\(\?<[!=]/,
  );
});
