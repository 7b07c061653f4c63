import { mkdir, readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { ourSchemas, printSchema, printTypes } from './platform/catalog.ts';
import { migrate } from './platform/migrate.ts';
import { printLifecycle } from './rules/printLifecycle.ts';

const root = new URL('../', import.meta.url);

/** Everything in the repository that is printed and not written: path → content. A house test compares. */
export async function generate(databaseUrl: string): Promise<Record<string, string>> {
  await migrate(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return {
      'db/schema.sql': await printSchema(client, ourSchemas),
      'src/platform/tables.ts': await printTypes(client),
      'docs/lifecycle.md': printLifecycle(),
    };
  } finally {
    await client.end();
  }
}

/** Writes what has changed, and says so. */
export async function writeGenerated(databaseUrl: string): Promise<void> {
  for (const [path, content] of Object.entries(await generate(databaseUrl))) {
    const file = new URL(path, root);
    await mkdir(new URL('.', file), { recursive: true });
    const before = await readFile(file, 'utf8').catch(() => null);
    if (before === content) continue;
    await writeFile(file, content);
    console.log(`written ${path}`);
  }
}

if (process.env.DATABASE_URL && process.argv[1]?.endsWith('generate.ts'))
  await writeGenerated(process.env.DATABASE_URL);
