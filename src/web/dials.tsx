import { Field } from './components.tsx';

/** A whole number that an operator sets: how it is asked for, and the bounds of what is taken. */
export interface Dial<Name extends string> {
  name: Name;
  label: string;
  suffix: string;
  min?: number;
  max: number;
  hint?: string;
}

/** What every simulated outside world can be told to do. */
export const downDial: Dial<'downSeconds'> = {
  name: 'downSeconds',
  label: 'Take it down for',
  suffix: 'seconds',
  max: 86_400,
  hint: 'Empty leaves it as it is; 0 brings it back.',
};
export const latencyDial: Dial<'latencyMs'> = { name: 'latencyMs', label: 'Latency', suffix: 'ms', max: 600_000 };
export const failDial: Dial<'failNextRequests'> = {
  name: 'failNextRequests',
  label: 'Fail before the effect',
  suffix: 'times',
  max: 1_000,
};
export const timeOutDial: Dial<'timeOutNextEffects'> = {
  name: 'timeOutNextEffects',
  label: 'Time out after the effect',
  suffix: 'times',
  max: 1_000,
  hint: 'Does what was asked, then never answers.',
};

export function Dials<Name extends string>({
  of,
  values,
}: {
  of: readonly Dial<Name>[];
  values: Partial<Record<Name, number | null>>;
}) {
  return (
    <>
      {of.map(({ min = 0, ...dial }) => (
        <Field key={dial.name} {...dial} kind="number" min={min} width="short" value={values[dial.name] ?? ''} />
      ))}
    </>
  );
}

/** What a form says of dials; an empty field, or what is no number, leaves a dial as it is. */
export function readDials<Name extends string>(
  dials: readonly Dial<Name>[],
  field: (name: string) => string,
): Partial<Record<Name, number>> {
  const turned = dials.filter(({ name, min = 0 }) => /^\d{1,6}$/.test(field(name)) && Number(field(name)) >= min);
  return Object.fromEntries(turned.map(({ name, max }) => [name, Math.min(Number(field(name)), max)])) as Partial<
    Record<Name, number>
  >;
}
