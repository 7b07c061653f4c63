import { nameLengthMax } from '../../rules/lengths.ts';
import type { NamedSource } from '../../rules/sourceNames.ts';
import { Field } from '../../web/components.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { orNull } from '../../web/read.ts';
import type { ChosenSource, SourceChoice } from '../chooseSource.ts';

/** One of the account's sources, none, or a new one by its name. */
export function SourceFields({
  sources,
  choice,
  refused,
}: {
  sources: readonly NamedSource[];
  choice: SourceChoice | null;
  refused: ShownRefusal | undefined;
}) {
  const isNew = choice !== null && 'name' in choice;
  const chosen = choice === null ? 'none' : isNew ? 'new' : String(choice.trackingSourceId);
  return (
    <div class="source-fields">
      <Field
        kind="select"
        name="sourceId"
        label="Tracking source"
        value={chosen}
        options={[
          { value: 'none', label: 'None' },
          ...sources.map((each) => ({ value: String(each.trackingSourceId), label: each.name })),
          { value: 'new', label: 'New source…' },
        ]}
        hint="The advertisement it stands for."
        error={refused?.fields.sourceId}
      />
      <Field
        name="sourceName"
        label="Name of the new source"
        value={isNew ? choice.name : ''}
        hint="It counts if “New source…” is chosen. Its rules are given under Tracking Sources."
        maxlength={nameLengthMax}
        error={refused?.fields.sourceName}
      />
    </div>
  );
}

/** What the form says; one without the choice, as an earlier version drew it, names the source. */
export function readSource(field: (name: string) => string): SourceChoice | null {
  const id = field('sourceId');
  const name = field('sourceName');
  if (id === 'new') return { name };
  if (id === '') return orNull(name) === null ? null : { name };
  return id === 'none' ? null : { trackingSourceId: Number(id) || 0 };
}

/** What became of a choice, where it is more than the choice itself. */
export function saySource({ name, made, leftPoolOf }: ChosenSource, phone: string): string {
  return [
    made === 'new' && ` The source “${name}” is new.`,
    made === 'back' &&
      ` The source “${name}” had been removed: it is back without its rules, and earlier calls count for it.`,
    leftPoolOf !== null && ` ${phone} left the pool of ${leftPoolOf}.`,
  ]
    .filter(Boolean)
    .join('');
}
