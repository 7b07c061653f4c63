import { format, type Manifest, nameOf, type Table } from './describe.ts';
import type { Entry } from './pack.ts';
import { BackupRefused } from './refuse.ts';
import { damaged, foreign, unpack } from './unpack.ts';

/** By the table's name with its schema. */
export type RowCounts = Record<string, number>;

export interface Contents {
  manifest: Manifest;
  rows: RowCounts;
}

export interface Visitor {
  begin(manifest: Manifest): Promise<void>;
  /** Reads all of a table's rows. */
  load(table: Table, rows: AsyncIterable<Buffer>): Promise<void>;
}

/** Leads a visitor through an archive. Whether what it saw is whole and true is only known when this returns. */
export async function readBackup(path: string, { begin, load }: Visitor): Promise<Contents> {
  const entries = unpack(path);
  try {
    const manifest = readManifest(path, await entries.next());
    await begin(manifest);
    const counted: RowCounts = {};
    let entry = await entries.next();
    for (const table of manifest.tables) {
      const name = nameOf(table);
      counted[name] = 0;
      const partsOf = async function* () {
        for (; !entry.done && entry.value.name.startsWith(`tables/${name}/`); entry = await entries.next()) {
          counted[name]! += countRows(entry.value.body);
          yield entry.value.body;
        }
      };
      await load(table, partsOf());
    }
    const isWhole = !entry.done && entry.value.name === 'rows.json' && isSame(counted, entry.value.body);
    if (!(isWhole && (await entries.next()).done)) throw new BackupRefused(damaged(path));
    return { manifest, rows: counted };
  } finally {
    await entries.return(undefined);
  }
}

/** Reads an archive from end to end and says what it holds, or refuses it. */
export async function checkBackup(path: string): Promise<Contents> {
  return readBackup(path, {
    begin: async () => {},
    load: async (_, rows) => {
      for await (const _part of rows);
    },
  });
}

/** In COPY's text form a row is a line: line ends inside a value are written otherwise. */
export function countRows(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

function readManifest(path: string, { value, done }: IteratorResult<Entry, unknown>): Manifest {
  if (done || value.name !== 'manifest.json') throw new BackupRefused(foreign(path));
  const manifest = parse(value.body) as Partial<Manifest> | null;
  if (!manifest?.format?.startsWith('switchhook-backup-')) throw new BackupRefused(foreign(path));
  if (manifest.format !== format)
    throw new BackupRefused(
      `${path} was made by a newer Switchhook, in a form that this one can't read. Update first.`,
    );
  return manifest as Manifest;
}

function isSame(counted: RowCounts, body: Buffer): boolean {
  const said = parse(body) as RowCounts | null;
  const names = Object.keys(counted);
  return (
    said !== null && names.length === Object.keys(said).length && names.every((name) => said[name] === counted[name])
  );
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
