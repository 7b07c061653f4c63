import type { Readable } from 'node:stream';
import { type Row, streamCsv } from '../../billing/statements/writeCsv.ts';
import { writeMoment } from '../../rules/calendar.ts';
import { averageTalk, callsPerHundred, type Report } from './readReport.ts';

const columns = [
  'kind',
  'calls',
  'calls_before',
  'answered',
  'first_time_callers',
  'average_talk_seconds',
  'visits',
  'calls_per_100_visits',
];

/** A report as a table, all its lines. */
export const writeReportCsv = (report: Report): Readable =>
  streamCsv([report.view.replace('-', '_'), ...columns], rowsOf(report));

function* rowsOf({ view, lines }: Report): Generator<Row> {
  for (const line of lines)
    yield {
      [view.replace('-', '_')]: line.name,
      kind: line.kind,
      calls: line.calls,
      calls_before: line.callsBefore,
      answered: line.answered,
      first_time_callers: line.firstTime,
      average_talk_seconds: averageTalk(line),
      visits: line.visits,
      calls_per_100_visits: rounded(callsPerHundred(line)),
    };
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 100) / 100);

/** What the plot shows, as a table: when each bar begins, its calls, and those of each line that is plotted. */
export const writeOverTimeCsv = ({ overTime, pace, plotted }: Report, timeZone: string): Readable =>
  streamCsv(
    [
      { key: 'begins', header: `${pace} (${timeZone})` },
      'calls',
      'answered',
      'calls_before',
      ...plotted.map(({ name }, index) => ({ key: `line-${index}`, header: name })),
    ],
    overTime.map(
      ({ from, calls, answered, callsBefore, ofLines }): Row => ({
        begins: writeMoment(from, timeZone),
        calls,
        answered,
        calls_before: callsBefore,
        ...Object.fromEntries(ofLines.map((count, index) => [`line-${index}`, count])),
      }),
    ),
  );
