import pino from 'pino';

export type Log = pino.Logger;

/** What our own lines never carry; the censor is there for whoever forgets. */
const secretNames = [
  'password',
  'token',
  'authToken',
  'secondaryAuthToken',
  'secretKey',
  'authorization',
  'cookie',
  'headers',
  'body',
  'query',
  'databaseUrl',
];
/** As deep as they stand in the house. */
const secrets = ['', '*.', '*.*.', '*.*.*.'].flatMap((depth) => secretNames.map((name) => `${depth}${name}`));

/** One JSON line an event, on standard output; never a query string, a cookie, a password, a body, or a row's values. */
export function createLog(
  part: string,
  level: string = process.env.LOG_LEVEL ?? 'info',
  destination: pino.DestinationStream = pino.destination(1),
): Log {
  return pino(
    {
      level,
      base: { part },
      redact: {
        paths: ['req', 'res', ...secrets],
        censor: '[kept out]',
      },
      serializers: { err: tellError },
    },
    destination,
  );
}

interface ToldError {
  type: string;
  message: string;
  code?: string;
  constraint?: string;
  stack?: string;
  causes?: ToldError[];
}

/**
 * What is told of an error: chosen, not copied, since anything may hang on one. PostgreSQL puts rows into `detail` and
 * `where`. The stack goes without its first line, which is the message once more.
 */
export function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is not an error was thrown' };
  const { name: type, message, cause, stack = '' } = error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const causes = [cause, ...(error instanceof AggregateError ? error.errors : [])].filter(
    (each) => each instanceof Error,
  );
  return {
    type,
    message: quotesInput(error, code) ? message.replace(/["'].*["']/s, '…') : message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    stack: (stack.match(/^ {4}at .+$/gm) ?? []).join('\n'),
    ...(causes.length > 0 ? { causes: causes.map(tellError) } : {}),
  };
}

/** JSON that can't be parsed, and PostgreSQL's class 22, "data exception": their messages repeat what they were given. */
function quotesInput(error: Error, code: unknown): boolean {
  return error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code));
}
