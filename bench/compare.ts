import type { Load } from './startLoad.ts';

/** One claim: our side against a floor beside it, both measured in the same run. */
export interface Case {
  name: string;
  /** Our side and the floor, in a few words each. */
  ours: string;
  floor: string;
  unit: 'requests/s' | 'postings/s' | 'ms';
  better: 'higher' | 'lower';
  /** What the ratio ours : floor has to reach, or stay under. */
  aim: number;
  /** What takes long is measured less often. */
  roundsMax?: number;
  open(stage: Stage): Promise<Sides>;
}

/** What a case is given to play on. */
export interface Stage {
  /** A fresh, empty database on the run's server. */
  makeDatabase(): Promise<string>;
  load: Load;
  /** How long a side is under load in each round. */
  secondsPerRound: number;
  interrupted: AbortSignal;
}

/** Each call measures once. */
export interface Sides {
  ours(): Promise<Sample>;
  floor(): Promise<Sample>;
  /** Throws unless what was measured was really done. */
  check?(): Promise<void>;
  /** What else a reader wants to know of our side. */
  note?(): string;
  close(): Promise<void>;
}

export interface Sample {
  value: number;
  p99Ms?: number;
}

export interface Outcome {
  rounds: number;
  ours: number;
  floor: number;
  ratio: { min: number; median: number; max: number };
  p99Ms?: number;
  note?: string;
}

/** Both sides in turn, so that whatever else the machine does meets both alike; the first turn only warms up. */
export async function compare({ open, roundsMax }: Case, stage: Stage, roundsWished: number): Promise<Outcome> {
  const rounds = Math.min(roundsWished, roundsMax ?? roundsWished);
  const sides = await open(stage);
  try {
    const ours: Sample[] = [];
    const floor: Sample[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      stage.interrupted.throwIfAborted();
      ours[round] = await sides.ours();
      floor[round] = await sides.floor();
    }
    ours.shift();
    floor.shift();
    await sides.check?.();
    const ratios = ours.map(({ value }, round) => value / floor[round]!.value);
    const p99s = ours.flatMap(({ p99Ms }) => p99Ms ?? []);
    return {
      rounds,
      ours: median(ours.map(({ value }) => value)),
      floor: median(floor.map(({ value }) => value)),
      ratio: { min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios) },
      ...(p99s.length > 0 ? { p99Ms: median(p99s) } : {}),
      ...(sides.note ? { note: sides.note() } : {}),
    };
  } finally {
    await sides.close();
  }
}

export const reaches = ({ better, aim }: Case, { ratio }: Outcome): boolean =>
  better === 'higher' ? ratio.median >= aim : ratio.median <= aim;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
