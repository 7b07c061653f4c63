import { matching } from '../../src/rules/matching.ts';
import { type Likelihood, type Measured, measure, published, type Scenario } from './matchingScenario.ts';

/*
 * Prints what docs/matching.md publishes: `npx tsx test/histories/printMatching.ts`. The seed is fixed, so that everybody
 * prints the same; a test compares.
 */

export const publishedSeed = 20270101;

const percent = (part: number, of: number): string => (of > 0 ? `${((part / of) * 100).toFixed(1)} %` : '–');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');

interface Played {
  scenario: Scenario;
  measured: Measured;
}

const variants: Partial<Scenario>[] = (['opens the site again', 'dials from memory'] as const).flatMap((late) =>
  (['from the open page', 'open or not'] as const).flatMap((early) =>
    [0, 0.6].map((pressShare) => ({ late, early, pressShare })),
  ),
);

const orders = ['least recently shown', 'longest given', 'any'] as const;

const playWith = (other: Partial<Scenario>): Played => {
  const scenario = { ...published, ...other };
  return { scenario, measured: measure(scenario, publishedSeed) };
};

function variantRow({ scenario, measured }: Played): string[] {
  const { early, late } = measured.byKind;
  return [
    scenario.late,
    scenario.early,
    percent(scenario.pressShare, 1),
    percent(measured.right, measured.calls),
    percent(measured.bound, measured.calls),
    percent(early.right, early.calls),
    percent(late.right, late.calls),
  ];
}

const rankNames = ['first', 'second', 'third', 'fourth', 'fifth', 'not among them'];

function confusion({ measured }: Played): string {
  const kinds = ['early', 'late'] as const;
  return table(
    ['The true visitor stood', ...kinds.map((kind) => `${kind} calls`), 'all'],
    rankNames.map((name, rank) => {
      const counts = kinds.map((kind) => measured.byKind[kind].byRank[rank]!);
      return [name, ...counts.map(String), String(counts[0]! + counts[1]!)];
    }),
  );
}

function calibration(byLikelihood: readonly Likelihood[]): string {
  return table(
    ['Likelihood of the first', 'calls', 'said on average', 'right'],
    byLikelihood
      .map((each, tenth) => [
        `${tenth * 10}–${tenth * 10 + 9} %`,
        String(each.calls),
        percent(each.percents / 100, each.calls),
        percent(each.right, each.calls),
      ])
      .filter(([, calls]) => calls !== '0'),
  );
}

const againMinutes = [10, 24 * 60];

/** How often those who call again are found, beside those who call for the first time. */
function againRow({ scenario, measured }: Played): string[] {
  const { early, late, again } = measured.byKind;
  const first = { calls: early.calls + late.calls, right: early.right + late.right };
  return [
    scenario.late,
    minutesIn(scenario.againMinutes),
    percent(first.right, first.calls),
    percent(again.right, again.calls),
    percent(again.percents / 100, again.calls),
  ];
}

const minutesIn = (minutes: number): string =>
  minutes < 60 ? `${minutes} minutes` : minutes <= 24 * 60 ? `${minutes / 60} hours` : `${minutes / 60 / 24} days`;

function constants(): string {
  const { early, late, tail, openFactor, openSeconds, press, elseShare } = matching;
  const { strangerShare, strangerWeight, countedPercent } = matching;
  const share = (value: number) => `${Math.round(value * 100)} %`;
  return table(
    ['What', 'Value'],
    [
      [`calls within ${minutesIn(early.minutes)} of the visit’s first page`, share(early.share)],
      [`calls from then on until ${minutesIn(late.minutes)}`, share(late.share)],
      [`calls from then on until ${minutesIn(tail.minutes)}`, share(tail.share)],
      [`a page that is open (a sign of life within ${openSeconds} seconds)`, `× ${openFactor}`],
      [`the number’s link pressed within ${press.seconds} seconds before`, `${press.factor} × an early visit`],
      ['a caller who was known before: somebody else’s coming since, beside their own', String(elseShare)],
      ['somebody whom no visit knows, at least', share(strangerShare)],
      [`the same, over ${minutesIn(tail.minutes)}`, `${strangerWeight} of a visit’s calls`],
      ['reports count a call for its likeliest visit from', `${countedPercent} %`],
    ],
  );
}

/** The published tables, as Markdown, by the heading that they stand under. */
export function printMatching(): Record<string, string> {
  const played = variants.map(playWith);
  const [first] = played;
  const again = (['opens the site again', 'dials from memory'] as const).flatMap((late) =>
    againMinutes.map((minutes) => playWith({ late, againShare: 0.5, againMinutes: minutes })),
  );
  const memory = played.find(({ scenario }) => scenario.late === 'dials from memory')!;
  return {
    'The constants': constants(),
    'The scenario': table(
      ['A late caller', 'An early caller dials', 'Presses', 'Right', 'Nobody can do better than', 'Early', 'Late'],
      played.map(variantRow),
    ),
    'The confusion table': confusion(first!),
    'The same, dialed from memory': confusion(memory),
    'What a likelihood means': calibration(first!.measured.byLikelihood),
    'Who calls again': table(
      ['A late caller', 'Calls again within', 'First calls right', 'Later calls right', 'Said of them on average'],
      again.map(againRow),
    ),
    'What a likelihood means of a later call': calibration(again[1]!.measured.againByLikelihood),
    'The order of the pool': table(
      ['Given away first', 'From the open page', 'Open or not'],
      orders.map((order) => [
        order,
        ...(['from the open page', 'open or not'] as const).map((early) => {
          const { measured } = playWith({ order, early });
          return percent(measured.right, measured.calls);
        }),
      ]),
    ),
  };
}

if (process.argv[1]?.endsWith('printMatching.ts'))
  for (const [heading, text] of Object.entries(printMatching())) console.log(`## ${heading}\n\n${text}\n`);
