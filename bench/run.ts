import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { withTemporaryServer } from '../bin/temporaryServer.ts';
import { StartRefused } from '../src/platform/postgres/refuse.ts';
import { billingRun } from './cases/billingRun.ts';
import { callLogPage } from './cases/callLogPage.ts';
import { cancelAgency } from './cases/cancelAgency.ts';
import { coldStart } from './cases/coldStart.ts';
import { inboundCall } from './cases/inboundCall.ts';
import { inboundCallOneAccount } from './cases/inboundCallOneAccount.ts';
import { poolVisit } from './cases/poolVisit.ts';
import { postingsManyWallets, postingsOneWallet } from './cases/postings.ts';
import { signInPage } from './cases/signInPage.ts';
import { siteConfig } from './cases/siteConfig.ts';
import { snippetPage } from './cases/snippetPage.ts';
import { visit } from './cases/visit.ts';
import { type Case, compare } from './compare.ts';
import { describeMachine } from './describeMachine.ts';
import { printJson, printText } from './print.ts';
import { startLoad } from './startLoad.ts';

const cases: readonly Case[] = [
  inboundCall,
  inboundCallOneAccount,
  signInPage,
  callLogPage,
  siteConfig,
  visit,
  poolVisit,
  coldStart,
  cancelAgency,
  billingRun,
  postingsOneWallet,
  postingsManyWallets,
  snippetPage,
];
const usage = 'npm run bench -- [case …] [--list] [--json] [--rounds 15] [--seconds 1]';

const { named, list, json, rounds, seconds } = readArguments();
// What goes wrong throws; standard output is for results.
process.env.LOG_LEVEL ??= 'silent';
const interruption = new AbortController();
const interrupted = interruption.signal;
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(event, () => interruption.abort());
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

if (list) {
  for (const each of cases) console.log(`${each.name}: ${each.ours} : ${each.floor}`);
  process.exit(0);
}
try {
  await withTemporaryServer(null, ({ url, version }) => runAll(url, version), { durable: true });
} catch (error) {
  if (interrupted.aborted) console.error('Interrupted.');
  else console.error(error instanceof StartRefused ? error.message : error);
  process.exit(interrupted.aborted ? 130 : 1);
}
process.exit(0);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '15' },
        seconds: { type: 'string', default: '1' },
      },
    });
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    const unknown = positionals.filter((name) => !cases.some((each) => each.name === name));
    if (unknown.length > 0)
      return refuse(`There is no case ${unknown.join(' or ')}; there are ${cases.map(({ name }) => name).join(', ')}.`);
    if (!(Number.isInteger(rounds) && rounds > 0 && seconds > 0))
      return refuse('Rounds and seconds are numbers above 0.');
    const named = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    return { ...values, named, rounds, seconds };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(sentence: string): never {
  console.error(`${sentence}\n${usage}`);
  process.exit(2);
}

async function runAll(serverUrl: string, version: string): Promise<void> {
  const begun = performance.now();
  const load = startLoad(interrupted);
  const stage = { load, interrupted, secondsPerRound: seconds, makeDatabase: () => makeDatabase(serverUrl) };
  if (!json) console.log(describeMachine(version));
  for (const each of named) (json ? printJson : printText)(each, await compare(each, stage, rounds));
  load.stop();
  const spent = Math.round((performance.now() - begun) / 1000);
  if (!json) console.log(`\nBoth sides in turn, each for ${seconds} s a round; ${spent} s in all.`);
}

async function makeDatabase(serverUrl: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
