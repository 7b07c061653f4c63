import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
];

const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
  'C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe',
];

/** The path of a Chromium, Chrome or Edge that runs, or null. */
export function findBrowser(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) return runs(given) ? given : null;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...elsewhere,
    ...globSync(join(homedir(), '.cache/ms-playwright/chromium-*/chrome-linux*/chrome')),
  ];
  return candidates.find(runs) ?? null;
}

/** Ubuntu has a /usr/bin/chromium-browser that only says where to get one. */
function runs(path: string): boolean {
  if (!existsSync(path)) return false;
  return process.platform === 'win32' || spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
}

export function howToInstallBrowser(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given) return `CHROMIUM_PATH is ${given}, and no browser runs from there. Correct it or unset it.`;
  const command = existsSync('/usr/bin/apt-get')
    ? 'sudo apt-get update && sudo apt-get install -y chromium'
    : existsSync('/usr/bin/dnf')
      ? 'sudo dnf install -y chromium'
      : process.platform === 'darwin'
        ? 'brew install --cask google-chrome'
        : null;
  return `The page tests need a browser, and none was found. ${
    command ? `Type: ${command}` : 'Install Chromium or Chrome.'
  } (If you have one in an unusual place, set CHROMIUM_PATH to it.)`;
}

export async function launchBrowser(...more: string[]): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error(howToInstallBrowser());
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
