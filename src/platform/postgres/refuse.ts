/** A start that can't go on. The message is one sentence for the person at the terminal; no stack trace belongs to it. */
export class StartRefused extends Error {
  override name = 'StartRefused';
}

const sentences: Record<string, string> = {
  EACCES: 'is not writable for this user',
  EPERM: 'is not writable for this user',
  ENOENT: 'can not be made where it should be',
  EROFS: 'lies on a file system that is mounted read-only',
  ENOTDIR: 'is a file, or lies below one, and not a folder',
  EEXIST: 'is a file, or lies below one, and not a folder',
  ENOSPC: 'lies on a disk that is full',
  EDQUOT: 'lies on a disk whose quota is used up',
};

/** Turns what the file system says about the data folder into a sentence; anything else is thrown as it came. */
export function refuseFolder(dataDir: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const sentence = sentences[code];
  if (sentence === undefined) throw error;
  throw new StartRefused(`The data folder ${dataDir} ${sentence}. Change that, or set DATA_DIR to another folder.`);
}

/** The same for what PostgreSQL's programs print when the disk is full. */
export function refuseFullDisk(dataDir: string, output: string): void {
  if (!/No space left on device|Check free disk space|Disk quota exceeded/.test(output)) return;
  refuseFolder(dataDir, Object.assign(new Error(output), { code: 'ENOSPC' }));
}

/** The one line of a server program's output that says why it ended. */
export function reasonIn(output: string): string {
  const said = /(?:FATAL: {2}|^initdb: error: )(.*)/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1);
  return said || 'it gave no reason';
}
