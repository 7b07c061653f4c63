import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { projectDir } from '../../src/platform/config.ts';

export interface Command {
  process: ChildProcess;
  said(): string;
  ended: Promise<{ code: number | null; said: string }>;
}

/** The command line as a person runs it, with these settings and no others. */
export function startCommand(args: string[], env: Record<string, string>): Command {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(projectDir, 'src/cli.ts'), ...args],
    { env: { ...process.env, DATABASE_URL: '', PUBLIC_URL: '', HOST: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, said })),
  );
  return { process: child, said: () => said, ended };
}

export const runCommand = (args: string[], env: Record<string, string>) => startCommand(args, env).ended;

/** Every table's rows and every sequence's position, as one digest each: equal for equal contents, whatever their order. */
export async function digest(databaseUrl: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const { rows } = await client.query<{ name: string; kind: string }>(
      `select c.oid::regclass::text as name, c.relkind::text as kind from pg_class c
        where c.relnamespace::regnamespace::text in ('public', 'simulated_carrier') and c.relkind in ('r', 'S') order by 1`,
    );
    const digests: Record<string, string> = {};
    for (const { name, kind } of rows) {
      const columns = kind === 'S' ? 'last_value, is_called' : 't.*';
      const lines = await client.query<{ line: string }>(`select row(${columns})::text as line from ${name} t`);
      const hash = createHash('sha256');
      for (const line of lines.rows.map((row) => row.line).toSorted()) hash.update(`${line}\n`);
      digests[name] = `${lines.rows.length} ${hash.digest('hex').slice(0, 16)}`;
    }
    return digests;
  } finally {
    await client.end();
  }
}
