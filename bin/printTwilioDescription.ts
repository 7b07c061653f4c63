import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Prints what Twilio says of the requests that our carrier door sends: no words, just names and shapes. To renew it:
 *
 *   npx tsx bin/printTwilioDescription.ts > src/platform/carrier/twilio/description.json
 */

const source = { package: '@twilio/cli-core', version: '9.0.0', license: 'MIT' };
const file = 'package/src/services/twilio-api/twilio_api_v2010.json';
const account = '/2010-04-01/Accounts/{AccountSid}';
const asked: [string, string[]][] = [
  ['/2010-04-01/Accounts/{Sid}.json', ['get']],
  [`${account}/AvailablePhoneNumbers/{CountryCode}/Local.json`, ['get']],
  [`${account}/AvailablePhoneNumbers/{CountryCode}/TollFree.json`, ['get']],
  [`${account}/IncomingPhoneNumbers.json`, ['get', 'post']],
  [`${account}/IncomingPhoneNumbers/{Sid}.json`, ['get', 'post', 'delete']],
];

type Json = { [name: string]: Json };

const whole = readPackage();
const needed = new Set<string>();
const operations = asked.map(([path, methods]) => [
  path,
  pick(methods, (method) => operationOf(whole.paths![path]![method]!)),
]);
// The one refusal that is described; all have its form.
const refusal = shapeOf(answerOf(whole.paths!['/2010-04-01/Accounts/{Sid}.json']!.post!.responses!['409']!));
const schemas: Record<string, unknown> = {};
for (const name of needed) schemas[name] = shapeOf(whole.components!.schemas![name]!);
const description = { source: { ...source, file }, operations: Object.fromEntries(operations), refusal, schemas };
const biome = join(import.meta.dirname, '../node_modules/@biomejs/biome/bin/biome');
process.stdout.write(
  execFileSync(process.execPath, [biome, 'format', '--stdin-file-path=description.json'], {
    input: JSON.stringify(description),
  }),
);

function readPackage(): Json {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-description-'));
  try {
    const options = { cwd: folder, encoding: 'utf8' } as const;
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', `${source.package}@${source.version}`], options),
    ) as [{ filename: string }];
    execFileSync('tar', ['xzf', packed.filename, file], options);
    return JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function operationOf(operation: Json): unknown {
  const parameters = Object.values(operation.parameters ?? {}) as unknown as {
    name: string;
    in: string;
    schema: Json;
  }[];
  const within = (place: string) =>
    Object.fromEntries(parameters.filter((each) => each.in === place).map((each) => [each.name, shapeOf(each.schema)]));
  const form = operation.requestBody?.content?.['application/x-www-form-urlencoded']?.schema?.properties ?? {};
  return {
    path: within('path'),
    query: within('query'),
    form: pick(Object.keys(form), (name) => shapeOf(form[name]!)),
    answers: pick(Object.keys(operation.responses!), (status) => shapeOf(answerOf(operation.responses![status]!))),
  };
}

function answerOf(response: Json): Json {
  return response.content?.['application/json']?.schema ?? {};
}

function shapeOf(schema: Json): unknown {
  const { $ref, type, format, nullable, enum: words, pattern, minimum, maximum, items, properties } = schema;
  if ($ref) {
    const name = String($ref).split('/').at(-1)!;
    needed.add(name);
    return { $ref: name };
  }
  return {
    ...{ type, format, nullable, enum: words, pattern, minimum, maximum },
    items: items && shapeOf(items),
    properties: properties && pick(Object.keys(properties), (name) => shapeOf(properties[name]!)),
  };
}

function pick(names: string[], read: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}
