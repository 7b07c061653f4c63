import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { blockBytes, checksumName, type Entry, paddingOf, sumOf } from './pack.ts';
import { BackupRefused, refuseFile } from './refuse.ts';

/** Ours have a megabyte or so; a foreign file must not fill the memory. */
const entryBytesMax = 64 * 1024 * 1024;

/** The entries of an archive, one after the other. Only after the last one is it known that all of them are true. */
export async function* unpack(path: string): AsyncGenerator<Entry> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // The reader of `gunzip` meets the same error.
  pipeline(createReadStream(path), gunzip).catch(() => {});
  const chunks: AsyncIterator<Buffer> = gunzip[Symbol.asyncIterator]();
  const take = takeFrom(chunks);
  const hash = createHash('sha256');
  try {
    for (let first = true; ; first = false) {
      const header = await take(blockBytes);
      if (!isHeader(header)) throw new BackupRefused(first ? foreign(path) : damaged(path));
      const { name, size } = readHeader(header);
      if (size > entryBytesMax) throw new BackupRefused(first ? foreign(path) : damaged(path));
      const body = await take(size);
      const padding = await take(paddingOf(size));
      if (name === checksumName) {
        if (body.toString().trim() !== hash.digest('hex')) throw new BackupRefused(damaged(path));
        // To the very end, where gzip has a sum of its own.
        while (!(await chunks.next()).done);
        return;
      }
      hash.update(header).update(body).update(padding);
      yield { name, body };
    }
  } catch (error) {
    refuseArchive(path, error);
  } finally {
    gunzip.destroy();
  }
}

export const foreign = (path: string): string => `${path} is not a backup of Switchhook.`;
export const damaged = (path: string): string =>
  `${path} is damaged: what it holds is not what was written. Use another backup.`;
const brokenOff = (path: string): string => `${path} is broken off: its end is missing. Use another backup.`;

class EndMissing extends Error {}

function refuseArchive(path: string, error: unknown): never {
  if (error instanceof BackupRefused) throw error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof EndMissing || code === 'Z_BUF_ERROR') throw new BackupRefused(brokenOff(path));
  if (message === 'incorrect header check') throw new BackupRefused(foreign(path));
  if (code.startsWith('Z_')) throw new BackupRefused(damaged(path));
  refuseFile(`${path} can't be read`, error);
}

/** Takes exactly so many bytes at a time from chunks of any size. */
function takeFrom(chunks: AsyncIterator<Buffer>): (size: number) => Promise<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  return async (size) => {
    while (heldBytes < size) {
      const next = await chunks.next();
      if (next.done) throw new EndMissing();
      held.push(next.value);
      heldBytes += next.value.length;
    }
    const all = Buffer.concat(held, heldBytes);
    held = [all.subarray(size)];
    heldBytes -= size;
    return all.subarray(0, size);
  };
}

const isHeader = (header: Buffer): boolean =>
  header.toString('latin1', 257, 262) === 'ustar' && readOctal(header, 148, 8) === sumOf(header);

function readHeader(header: Buffer): { name: string; size: number } {
  const end = header.indexOf(0);
  return { name: header.toString('utf8', 0, Math.min(end, 100)), size: readOctal(header, 124, 12) };
}

const readOctal = (header: Buffer, at: number, length: number): number =>
  Number.parseInt(header.toString('latin1', at, at + length), 8);
