import { scaleBand, scaleLinear } from 'd3-scale';
import { line as lineThrough, stack } from 'd3-shape';
import type { ComponentChildren } from 'preact';

/** Three shades for parts that are few; four to nine for lines of equal rank, with hatches of their own beside the color. */
export type PlotColor = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export interface PlotPart {
  name: string;
  color: PlotColor;
  /** What it comes to in all; stands in the legend. */
  sum?: string | undefined;
}

export interface PlotBar {
  /** Under the bar, where there is room for it. */
  label: string;
  /** Read out, and shown when the bar is pointed at. */
  text: string;
  /** One for each part, none below zero. */
  values: readonly number[];
  /** What the bar is compared with; null where there is nothing. */
  compared?: number | null | undefined;
}

export interface PlotProps {
  /** What the plot shows, in a sentence: it stands for the plot wherever nobody sees it. */
  label: string;
  parts: readonly PlotPart[];
  bars: readonly PlotBar[];
  /** What the bars are compared with: a thin line. */
  compared?: { name: string; sum: string } | undefined;
  /** Beside the names of the parts: what is not drawn, and why. */
  note?: string | undefined;
  format: (value: number) => string;
}

const height = 220;
const top = 18;
const bottom = 22;
const labelsMax = 6;
/** A path can't be measured in percent: it is drawn on so many units and stretched. */
const lineWidth = 1000;

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** What lies over a color, within eight by eight. Four is plain. */
const hatches: Partial<Record<PlotColor, ComponentChildren>> = {
  5: <line x1="0" x2="8" y1="8" y2="0" />,
  6: <circle cx="4" cy="4" r="1.5" />,
  7: <line x1="0" x2="8" y1="4" y2="4" />,
  8: <line x1="0" x2="8" y1="0" y2="8" />,
  9: <line x1="4" x2="4" y1="0" y2="8" />,
};

const hatchOf = (color: PlotColor): string => `plot-hatch-${color}`;
const fillOf = (color: PlotColor) =>
  hatches[color] ? { fill: `url(#${hatchOf(color)})` } : { class: `plot-${color}` };

function Hatches({ parts }: { parts: readonly PlotPart[] }) {
  return (
    <defs>
      {parts.map(
        ({ name, color }) =>
          hatches[color] && (
            <pattern
              key={name}
              id={hatchOf(color)}
              class="plot-hatch"
              width="8"
              height="8"
              patternUnits="userSpaceOnUse"
            >
              <rect class={`plot-${color}`} width="8" height="8" />
              {hatches[color]}
            </pattern>
          ),
      )}
    </defs>
  );
}

function Legend({ parts, compared, note }: Pick<PlotProps, 'parts' | 'compared' | 'note'>) {
  return (
    <figcaption class="plot-legend">
      {parts.map(({ name, color, sum }) => (
        <span key={name}>
          <svg aria-hidden="true" width="16" height="16">
            <rect {...fillOf(color)} width="16" height="16" rx="3" />
          </svg>
          <span class="wrap-anywhere">{name}</span>
          {sum && <b>{sum}</b>}
        </span>
      ))}
      {compared && (
        <span>
          <svg aria-hidden="true" width="24" height="16">
            <line class="plot-compared" x1="0" x2="24" y1="8" y2="8" />
          </svg>
          {compared.name} <b>{compared.sum}</b>
        </span>
      )}
      {note && <span>{note}</span>}
    </figcaption>
  );
}

/**
 * Bars over time, drawn on the server. Across it is measured in percent, so that it fits any width and its words keep their
 * size. Whatever it shows must stand in a table beside it as well.
 */
export function Plot({ label, parts, bars, compared, note, format }: PlotProps) {
  const stacked = stack<PlotBar, number>()
    .keys(parts.map((_, index) => index))
    .value((bar, index) => bar.values[index]!)(bars);
  const most = Math.max(...stacked.flat(2), ...bars.map((bar) => bar.compared ?? 0), 0);
  const up = scaleLinear()
    .domain([0, most || 1])
    .nice(4)
    .range([height - bottom, top]);
  const along = scaleBand<number>()
    .domain(bars.map((_, index) => index))
    .range([0, 1])
    .paddingInner(bars.length > 1 ? 0.25 : 0)
    .paddingOuter(0.1);
  const middleOf = (index: number): number => along(index)! + along.bandwidth() / 2;
  const ticks = up.ticks(4);
  const every = Math.ceil(bars.length / labelsMax);
  const path =
    compared &&
    lineThrough<PlotBar>()
      .defined((bar) => typeof bar.compared === 'number')
      .x((_, index) => middleOf(index) * lineWidth)
      .y((bar) => up(bar.compared ?? 0))([...bars]);
  return (
    <figure class="plot">
      <Legend parts={parts} compared={compared} note={note} />
      <div class="plot-area">
        <svg aria-hidden="true" width="52" height={height}>
          {ticks.map((value) => (
            <text key={value} x="44" y={up(value) + 4}>
              {format(value)}
            </text>
          ))}
        </svg>
        <svg role="img" aria-label={label} width="100%" height={height}>
          <Hatches parts={parts} />
          {ticks.map((value) => (
            <line key={value} x1="0" x2="100%" y1={up(value)} y2={up(value)} />
          ))}
          {bars.map((bar, index) => (
            <g key={bar.label + index}>
              <title>{bar.text}</title>
              <rect
                class="plot-reach"
                x={percent(along(index)!)}
                width={percent(along.bandwidth())}
                y={top}
                height={height - top - bottom}
              />
              {stacked.map((part) => {
                const [from, to] = part[index]!;
                if (to <= from) return null;
                return (
                  <rect
                    key={part.key}
                    {...fillOf(parts[part.key]!.color)}
                    x={percent(along(index)!)}
                    width={percent(along.bandwidth())}
                    y={up(to).toFixed(2)}
                    height={(up(from) - up(to)).toFixed(2)}
                  />
                );
              })}
              {index % every === 0 && (
                <text x={percent(middleOf(index))} y={height - 5}>
                  {bar.label}
                </text>
              )}
            </g>
          ))}
          {path && (
            <svg
              aria-hidden="true"
              class="plot-over"
              viewBox={`0 0 ${lineWidth} ${height}`}
              preserveAspectRatio="none"
              width="100%"
              height={height}
            >
              <path class="plot-halo" d={path} />
              <path class="plot-compared" d={path} />
            </svg>
          )}
        </svg>
      </div>
    </figure>
  );
}

/** How much of something is used up, in percent, with marks where something happens. The words beside it say it too. */
export function Meter({ label, percent: used, marks }: { label: string; percent: number; marks: readonly number[] }) {
  const shown = Math.max(0, Math.min(used, 100));
  return (
    <svg class="meter" role="img" aria-label={label} width="100%" height="16">
      <rect class="meter-track" x="0" y="3" width="100%" height="10" rx="5" />
      {shown > 0 && (
        <rect class={used >= 100 ? 'meter-full' : 'plot-2'} x="0" y="3" width={`${shown}%`} height="10" rx="5" />
      )}
      {marks
        .filter((mark) => mark < 100)
        .map((mark) => (
          <line key={mark} x1={`${mark}%`} x2={`${mark}%`} y1="0" y2="16" />
        ))}
    </svg>
  );
}
