import { styleText } from 'node:util';
import { type Case, type Outcome, reaches } from './compare.ts';

const rounded = (value: number): number => Number(value.toPrecision(3));

/** One line for programs. */
export function printJson({ name, aim, better }: Case, { ratio, p99Ms }: Outcome): void {
  console.log(JSON.stringify({ case: name, ratio: rounded(ratio.median), aim, better, p99Ms }));
}

/** A few lines for people. */
export function printText(measured: Case, outcome: Outcome): void {
  const { name, ours, floor, unit, better, aim } = measured;
  const { median, min, max } = outcome.ratio;
  const bound = better === 'higher' ? 'at least' : 'at most';
  const verdict = reaches(measured, outcome) ? 'reached' : styleText('red', 'missed');
  const note = outcome.note === undefined ? '' : `\n  ${outcome.note}`;
  const p99 = outcome.p99Ms === undefined ? '' : `, p99 ${rounded(outcome.p99Ms)} ms`;
  console.log(`
${name}
  ours   ${String(rounded(outcome.ours)).padStart(6)} ${unit}  ${ours}${p99}
  floor  ${String(rounded(outcome.floor)).padStart(6)} ${unit}  ${floor}
  ratio  ${String(rounded(median)).padStart(6)} (${rounded(min)} to ${rounded(max)} in ${outcome.rounds} rounds); aim ${bound} ${aim}: ${verdict}${note}`);
}
