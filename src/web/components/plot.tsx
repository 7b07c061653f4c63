import { scaleBand, scaleLinear } from 'd3-scale';

export interface PlotPart {
  name: string;
  /** Which of the plot's colors: 1 to 3. */
  color: 1 | 2 | 3;
}

export interface PlotBar {
  /** Under the bar, where there is room for it. */
  label: string;
  /** Read out, and shown when the bar is pointed at. */
  text: string;
  /** One for each part, none below zero. */
  values: readonly number[];
}

export interface PlotProps {
  /** What the plot shows, in a sentence: it stands for the plot wherever nobody sees it. */
  label: string;
  parts: readonly PlotPart[];
  bars: readonly PlotBar[];
  /** Beside the names of the parts: what is not drawn, and why. */
  note?: string | undefined;
  format: (value: number) => string;
}

const height = 220;
const top = 18;
const bottom = 22;
const labelsMax = 6;

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/**
 * Bars over time, drawn on the server. Across it is measured in percent, so that it fits any width and its words keep their
 * size. Whatever it shows must stand in a table beside it as well.
 */
export function Plot({ label, parts, bars, note, format }: PlotProps) {
  const sums = bars.map((bar) => bar.values.reduce((sum, value) => sum + value, 0));
  const up = scaleLinear()
    .domain([0, Math.max(...sums, 0) || 1])
    .nice(4)
    .range([height - bottom, top]);
  const along = scaleBand<number>()
    .domain(bars.map((_, index) => index))
    .range([0, 1])
    .paddingInner(bars.length > 1 ? 0.25 : 0)
    .paddingOuter(0.1);
  const ticks = up.ticks(4);
  const every = Math.ceil(bars.length / labelsMax);
  return (
    <figure class="plot">
      <figcaption class="plot-legend">
        {parts.map((part) => (
          <span key={part.name}>
            <i class={`plot-${part.color}`} />
            {part.name}
          </span>
        ))}
        {note && <span>{note}</span>}
      </figcaption>
      <div class="plot-area">
        <svg aria-hidden="true" width="52" height={height}>
          {ticks.map((value) => (
            <text key={value} x="44" y={up(value) + 4}>
              {format(value)}
            </text>
          ))}
        </svg>
        <svg role="img" aria-label={label} width="100%" height={height}>
          {ticks.map((value) => (
            <line key={value} x1="0" x2="100%" y1={up(value)} y2={up(value)} />
          ))}
          {bars.map((bar, index) => (
            <g key={bar.label + index}>
              <title>{bar.text}</title>
              <Bar bar={bar} parts={parts} up={up} x={along(index)!} width={along.bandwidth()} />
              {index % every === 0 && (
                <text x={percent(along(index)! + along.bandwidth() / 2)} y={height - 5}>
                  {bar.label}
                </text>
              )}
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

interface BarProps {
  bar: PlotBar;
  parts: readonly PlotPart[];
  up: (value: number) => number;
  x: number;
  width: number;
}

function Bar({ bar, parts, up, x, width }: BarProps) {
  const begins = bar.values.map((_, index) => bar.values.slice(0, index).reduce((sum, value) => sum + value, 0));
  return (
    <>
      {parts.map((part, index) => {
        const [begin, value] = [begins[index]!, bar.values[index]!];
        if (value <= 0) return null;
        const y = up(begin + value);
        return (
          <rect
            key={part.name}
            class={`plot-${part.color}`}
            x={percent(x)}
            width={percent(width)}
            y={y.toFixed(2)}
            height={(up(begin) - y).toFixed(2)}
          />
        );
      })}
    </>
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
