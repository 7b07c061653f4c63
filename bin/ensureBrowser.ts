import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StartRefused } from '../src/platform/postgres/refuse.ts';
import { findBrowser, howToInstallBrowser } from '../test/pages/browser.ts';

/** The path of a browser that runs, installed if this machine lets us. */
export async function ensureBrowser(): Promise<string> {
  const found = findBrowser();
  if (found) return found;
  if (!process.env.CHROMIUM_PATH && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('No browser was found. Installing chromium with apt-get.');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
      const { status, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
      if (status !== 0) throw new StartRefused(`${stdout}${stderr}\napt-get ${args.join(' ')} did not succeed.`);
    }
    const installed = findBrowser();
    if (installed) return installed;
  }
  throw new StartRefused(howToInstallBrowser());
}
