import type { SiteConfig } from '../rules/swapping.ts';

/** Stands in until the script itself is here. */
export function wrapScript(config: SiteConfig | null): string {
  if (!config) return '/* Switchhook: nothing to do here. */\n';
  const text = JSON.stringify(config)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `(function(config){window.switchhook={config:config}})(${text});\n`;
}
