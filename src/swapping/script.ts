import { readFileSync } from 'node:fs';
import type { SiteConfig } from '../rules/swapping.ts';
import { builtSnippet } from '../web/bundleSnippet.ts';

let parts: readonly string[] | undefined;

/** The script as a website gets it. Without a configuration it does nothing, and the page keeps its own numbers. */
export function wrapScript(config: SiteConfig | null): string {
  if (config === null) return '/* Switchhook: nothing is swapped here. */\n';
  parts ??= readFileSync(builtSnippet, 'utf8').split('SITE');
  return parts.join(writeLiteral(config));
}

/** JSON that may stand in a script, and in a script inside a page. */
const writeLiteral = (config: SiteConfig): string =>
  JSON.stringify(config).replace(
    /[<\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
