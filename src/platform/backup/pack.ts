import { createHash } from 'node:crypto';

/*
 * The container is a plain tar, so that in need anybody can open an archive without Switchhook. Its last entry is the
 * SHA-256 of every byte before it.
 */

export interface Entry {
  name: string;
  body: Buffer;
}

export const blockBytes = 512;
export const checksumName = 'sha256.txt';

/** The bytes of an archive of these entries, each of which is held as a whole. */
export async function* pack(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const entry of entries) {
    for (const bytes of frame(entry)) {
      hash.update(bytes);
      yield bytes;
    }
  }
  yield* frame({ name: checksumName, body: Buffer.from(`${hash.digest('hex')}\n`) });
  yield Buffer.alloc(2 * blockBytes);
}

/** An entry's body is filled up to whole blocks. */
export const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

function frame({ name, body }: Entry): Buffer[] {
  return [writeHeader(name, body.length), body, Buffer.alloc(paddingOf(body.length))];
}

function writeHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`A tar has no room for so long a name: ${name}`);
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  header.write(`${octal(sumOf(header), 6)} `, 148);
  return header;
}

/** A header's own sum, for which the eight bytes of the sum count as spaces. */
export function sumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}
