#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNode, projectDir, typescriptOptions } from './setup.mjs';

if (!existsSync(join(projectDir, 'node_modules/tsx'))) {
  console.error('Switchhook is not installed yet: run npm start in its folder first.');
  process.exit(1);
}
// A Ctrl-C reaches the command by itself; this process only waits for it.
process.on('SIGINT', () => {});
const args = [...typescriptOptions(), join(projectDir, 'src/cli.ts'), ...process.argv.slice(2)];
const { status } = spawnSync(findNode(), args, { stdio: 'inherit' });
process.exit(status ?? 1);
