/** A backup or a restore that can't go on. The message is a sentence for the person at the terminal. */
export class BackupRefused extends Error {
  override name = 'BackupRefused';
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is mounted read-only',
  EEXIST: 'it is there already',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EPIPE: 'whoever read it has gone',
};

/** Turns what the file system says into a sentence that begins with `what`; anything else is thrown as it came. */
export function refuseFile(what: string, error: unknown): never {
  const reason = error instanceof Error && 'code' in error ? reasons[String(error.code)] : undefined;
  if (reason === undefined) throw error;
  throw new BackupRefused(`${what}: ${reason}.`);
}
