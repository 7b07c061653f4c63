import pino from 'pino';

export type Log = pino.Logger;

/** A carrier's tokens, as deep as they stand in the house. */
const secrets = ['', '*.', '*.*.', '*.*.*.'].flatMap((depth) => [`${depth}authToken`, `${depth}secondaryAuthToken`]);

/** One JSON line an event on standard output; never a query string, a cookie, a password or a body. */
export function createLog(part: string, level: string = process.env.LOG_LEVEL ?? 'info'): Log {
  return pino({
    level,
    base: { part },
    redact: { paths: ['req.headers', 'password', '*.password', ...secrets, 'databaseUrl'], censor: '[kept out]' },
    serializers: { err: pino.stdSerializers.err },
  });
}
