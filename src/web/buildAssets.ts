import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { builtSnippet, bundleSnippet, snippetSources } from './bundleSnippet.ts';

export const repository = join(import.meta.dirname, '../..');
export const builtAssets = join(repository, 'build/assets');

export interface Manifest {
  /** Of everything that went in; the same hash means that there is nothing to do. */
  inputs: string;
  /** "app.css" → "app-1f0c….css" */
  files: Record<string, string>;
}

const require = createRequire(import.meta.url);
const stylesheet = join(import.meta.dirname, 'app.css');

const sha256 = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

async function filesUnder(pattern: string, cwd: string): Promise<string[]> {
  const found: string[] = [];
  for await (const name of glob(pattern, { cwd })) found.push(join(cwd, name));
  return found.sort();
}

async function readAll(paths: readonly string[]): Promise<Map<string, Buffer>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

async function compileStylesheet(): Promise<Buffer> {
  const tailwind = join(require.resolve('@tailwindcss/cli/package.json'), '../dist/index.mjs');
  const output = join(repository, 'build', `app-${randomUUID()}.css`);
  try {
    await promisify(execFile)(process.execPath, [tailwind, '--input', stylesheet, '--output', output, '--minify'], {
      cwd: repository,
    });
    return await readFile(output);
  } catch (error) {
    throw new Error(`Tailwind could not compile ${stylesheet}.`, { cause: error });
  } finally {
    await rm(output, { force: true });
  }
}

export async function readManifest(): Promise<Manifest | null> {
  try {
    return JSON.parse(await readFile(join(builtAssets, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    return null;
  }
}

/**
 * Compiles the stylesheet and gives every file a name with its own hash in it, so that browsers keep it for good.
 * Several processes may do this at once: each file appears whole, and the manifest last.
 */
export async function buildAssets(): Promise<void> {
  const turbo = require.resolve('@hotwired/turbo').replace(/umd\.js$/, 'esm.js');
  const copied = await readAll([
    ...(await filesUnder('browser/*.js', import.meta.dirname)),
    ...(await filesUnder('images/*', import.meta.dirname)),
    turbo,
  ]);
  const scanned = await readAll([
    ...(await filesUnder('**/*.tsx', join(repository, 'src'))),
    ...(await filesUnder('**/*.css', import.meta.dirname)),
    require.resolve('@tailwindcss/cli/package.json'),
    require.resolve('basecoat-css/package.json'),
    ...(await filesUnder('*.ts', snippetSources)),
    join(repository, 'src/rules/swapping.ts'),
    require.resolve('esbuild/package.json'),
    join(import.meta.dirname, 'bundleSnippet.ts'),
    import.meta.filename,
  ]);
  const inputs = sha256(...[...copied, ...scanned].flat());
  if ((await readManifest())?.inputs === inputs) return;

  await mkdir(builtAssets, { recursive: true });
  const contents = new Map(
    [...copied].map(([path, content]) => [path === turbo ? 'turbo.js' : basename(path), content]),
  );
  contents.set('app.css', await compileStylesheet());
  await writeWhole(builtSnippet, await bundleSnippet());
  const files: Record<string, string> = {};
  await Promise.all(
    [...contents].map(async ([name, content]) => {
      const fingerprinted = `${basename(name, extname(name))}-${sha256(content).slice(0, 12)}${extname(name)}`;
      files[name] = fingerprinted;
      await writeWhole(fingerprinted, content);
      await writeWhole(`${fingerprinted}.gz`, await promisify(gzip)(content));
      await writeWhole(
        `${fingerprinted}.br`,
        await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
      );
    }),
  );
  await writeWhole('manifest.json', JSON.stringify({ inputs, files } satisfies Manifest));
}

async function writeWhole(name: string, content: string | Buffer): Promise<void> {
  const path = resolve(builtAssets, name);
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, path);
}
