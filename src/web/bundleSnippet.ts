import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
export const snippetSources = join(repository, 'snippet');
/** What websites run, but for their configuration, which takes the place of `SITE`. */
export const builtSnippet = join(repository, 'build/snippet.js');

/** Browsers of 2020 and later run it; in older ones the page keeps its own numbers. */
export async function bundleSnippet(): Promise<string> {
  const [{ build }, { minify }] = await Promise.all([import('esbuild'), import('terser')]);
  const { outputFiles } = await build({
    entryPoints: [join(snippetSources, 'main.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    legalComments: 'none',
    tsconfigRaw: {},
    write: false,
  });
  // Smaller still, once compressed: the ceiling is close.
  const { code } = await minify(outputFiles[0]!.text, { ecma: 2020, compress: { passes: 2, sequences: false } });
  return code!;
}
