import type { ComponentChildren } from 'preact';
import { classes } from '../classes.ts';
import { Icon } from '../icons.tsx';
import { Button, type ButtonProps } from './buttons.tsx';
import { Notice } from './say.tsx';

export interface FormProps {
  action: string;
  /** Anything but get and post is sent as a post with a `_method` field. */
  method?: 'get' | 'post' | 'put' | 'patch' | 'delete' | undefined;
  id?: string | undefined;
  /** Made with the page, so that a double click is one deed. Sent as `idempotencyKey`. */
  idempotencyKey?: string | undefined;
  hidden?: Readonly<Record<string, string>> | undefined;
  /** Why the last try was refused; stands above the fields and is read out. */
  refusal?: string | undefined;
  /** Fields side by side in one line, for filters and short searches. */
  inline?: boolean | undefined;
  /** The answer is a page to be read once (a secret, a word of thanks), not an address to go on to. */
  wholePage?: boolean | undefined;
  children: ComponentChildren;
}

function HiddenFields({ method, idempotencyKey, hidden }: Pick<FormProps, 'method' | 'idempotencyKey' | 'hidden'>) {
  return (
    <>
      {method && method !== 'get' && method !== 'post' && <input type="hidden" name="_method" value={method} />}
      {idempotencyKey && <input type="hidden" name="idempotencyKey" value={idempotencyKey} />}
      {Object.entries(hidden ?? {}).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

const sentAs = (method: FormProps['method']) => (method === 'get' ? 'get' : 'post');

export function Form(props: FormProps) {
  const { action, method = 'post', id, idempotencyKey, hidden, refusal, inline, wholePage, children } = props;
  return (
    <form
      id={id}
      action={action}
      method={sentAs(method)}
      class={inline ? 'form-inline' : 'form'}
      data-turbo={wholePage ? 'false' : undefined}
    >
      <HiddenFields method={method} idempotencyKey={idempotencyKey} hidden={hidden} />
      {refusal && <Notice kind="refusal">{refusal}</Notice>}
      {children}
    </form>
  );
}

export interface ButtonFormProps
  extends ButtonProps,
    Pick<FormProps, 'action' | 'method' | 'idempotencyKey' | 'hidden'> {
  /** Leaves room for a word on why, which need not be said: `why`, as the fact keeps it. */
  asksWhy?: boolean | undefined;
}

/** A form that is nothing but its button: Restore, Pause Tracking Code, Sign out. */
export function ButtonForm({ action, method = 'post', idempotencyKey, hidden, asksWhy, ...button }: ButtonFormProps) {
  return (
    <form action={action} method={sentAs(method)} class="form-button">
      <HiddenFields method={method} idempotencyKey={idempotencyKey} hidden={hidden} />
      {asksWhy && (
        <input
          class="input"
          name="why"
          maxlength={500}
          placeholder="Why (optional)"
          aria-label={`Why: ${button.children}`}
          autocomplete="off"
        />
      )}
      <Button {...button} />
    </form>
  );
}

/** The row of buttons under a form. The first one is what Enter does. */
export function FormActions({ children, trouble }: { children: ComponentChildren; trouble?: ComponentChildren }) {
  return (
    <div class="form-actions">
      {children}
      {trouble && <span class="form-trouble">{trouble}</span>}
    </div>
  );
}

/** A group of fields under one heading. */
export function FieldGroup({
  legend,
  hint,
  children,
}: {
  legend: string;
  hint?: string | undefined;
  children: ComponentChildren;
}) {
  return (
    <fieldset class="field-group">
      <legend>{legend}</legend>
      {hint && <p class="field-hint">{hint}</p>}
      {children}
    </fieldset>
  );
}

interface FieldBase {
  name: string;
  label: string;
  /** Ends up in `for` and `aria-describedby`; give one when a name stands twice on a page. */
  id?: string | undefined;
  hint?: ComponentChildren;
  /** What is wrong with the value, with what would be right. */
  error?: string | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
  autofocus?: boolean | undefined;
  /** For one field beside a button, where its purpose is plain: the label is read out, not shown. */
  labelHidden?: boolean | undefined;
}

export interface Option {
  value: string;
  label: string;
  hint?: string | undefined;
  disabled?: boolean | undefined;
  /** Select only: options of one group stand together under this heading. */
  group?: string | undefined;
}

export type InputKind =
  | 'text'
  | 'email'
  | 'password'
  | 'tel'
  | 'number'
  | 'search'
  | 'url'
  | 'date'
  | 'datetime-local'
  | 'month'
  | 'time';

export type FieldProps = FieldBase &
  (
    | {
        kind?: InputKind | undefined;
        value?: string | number | undefined;
        placeholder?: string | undefined;
        autocomplete?: string | undefined;
        inputmode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email' | 'url' | 'search' | undefined;
        pattern?: string | undefined;
        minlength?: number | undefined;
        maxlength?: number | undefined;
        min?: string | number | undefined;
        max?: string | number | undefined;
        step?: string | number | undefined;
        readonly?: boolean | undefined;
        /** Shown inside the box, before or after what is typed: "$", "minutes". */
        prefix?: string | undefined;
        suffix?: string | undefined;
        /** About how much is typed into it. */
        width?: 'short' | 'medium' | 'full' | undefined;
      }
    | {
        kind: 'textarea';
        value?: string | undefined;
        rows?: number | undefined;
        maxlength?: number | undefined;
        placeholder?: string | undefined;
      }
    | {
        kind: 'select';
        options: readonly Option[];
        value?: string | undefined;
        width?: 'short' | 'medium' | 'full' | undefined;
      }
    | { kind: 'radio'; options: readonly Option[]; value?: string | undefined }
    | { kind: 'checkbox'; checked?: boolean | undefined; value?: string | undefined }
  );

export function Field(props: FieldProps) {
  const { name, label, hint, error, required, labelHidden } = props;
  const id = props.id ?? `field-${name}`;
  const describedBy = classes(hint !== undefined && `${id}-hint`, error && `${id}-error`) || undefined;
  const common = {
    id,
    name,
    required,
    disabled: props.disabled,
    autofocus: props.autofocus,
    'aria-describedby': describedBy,
    'aria-invalid': error ? ('true' as const) : undefined,
  };
  const below = (
    <>
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="attention" size={14} />
          {error}
        </p>
      )}
    </>
  );

  if (props.kind === 'checkbox') {
    return (
      <div class="field field-choice">
        <label class="choice" for={id}>
          <input {...common} type="checkbox" value={props.value ?? 'yes'} checked={props.checked} />
          <span>{label}</span>
        </label>
        {below}
      </div>
    );
  }

  if (props.kind === 'radio') {
    return (
      <fieldset class="field field-radio" aria-describedby={describedBy}>
        <legend class={classes(labelHidden && 'sr-only')}>{label}</legend>
        <div class="choices">
          {props.options.map((option, index) => (
            <label class={classes('choice', option.hint && 'choice-roomy')} key={option.value}>
              <input
                type="radio"
                id={index === 0 ? id : undefined}
                name={name}
                value={option.value}
                checked={option.value === props.value}
                disabled={props.disabled || option.disabled}
                required={required}
                autofocus={index === 0 && props.autofocus}
              />
              <span>
                {option.label}
                {option.hint && <small>{option.hint}</small>}
              </span>
            </label>
          ))}
        </div>
        {below}
      </fieldset>
    );
  }

  return (
    <div class={classes('field', 'width' in props && props.width && `field-${props.width}`)}>
      <label for={id} class={classes(labelHidden && 'sr-only')}>
        {label}
        {!required && !labelHidden && props.kind !== 'select' && props.kind !== 'search' && (
          <i class="optional">optional</i>
        )}
      </label>
      {props.kind === 'textarea' ? (
        <textarea
          {...common}
          class="textarea"
          rows={props.rows ?? 4}
          maxlength={props.maxlength}
          placeholder={props.placeholder}
        >
          {props.value}
        </textarea>
      ) : props.kind === 'select' ? (
        <span class="select-box">
          <select {...common} class="select">
            {grouped(props.options).map(({ group, options }) =>
              group === undefined ? (
                options.map((option) => <Choice key={option.value} option={option} chosen={props.value} />)
              ) : (
                <optgroup key={group} label={group}>
                  {options.map((option) => (
                    <Choice key={option.value} option={option} chosen={props.value} />
                  ))}
                </optgroup>
              ),
            )}
          </select>
          <Icon name="chevronDown" size={14} />
        </span>
      ) : (
        <InputBox prefix={props.prefix} suffix={props.suffix}>
          <input
            {...common}
            class="input"
            // Preact's types want one element per kind; the attributes used here are common to all.
            type={(props.kind ?? 'text') as 'text'}
            value={props.value}
            placeholder={props.placeholder}
            autocomplete={props.autocomplete}
            inputmode={props.inputmode}
            pattern={props.pattern}
            minlength={props.minlength}
            maxlength={props.maxlength}
            min={props.min}
            max={props.max}
            step={props.step}
            readonly={props.readonly}
          />
        </InputBox>
      )}
      {below}
    </div>
  );
}

function InputBox({
  prefix,
  suffix,
  children,
}: {
  prefix?: string | undefined;
  suffix?: string | undefined;
  children: ComponentChildren;
}) {
  if (prefix === undefined && suffix === undefined) return <>{children}</>;
  return (
    <span class="input-box">
      {prefix !== undefined && <span class="input-affix">{prefix}</span>}
      {children}
      {suffix !== undefined && <span class="input-affix">{suffix}</span>}
    </span>
  );
}

function Choice({ option, chosen }: { option: Option; chosen: string | undefined }) {
  return (
    <option value={option.value} selected={option.value === chosen} disabled={option.disabled}>
      {option.label}
    </option>
  );
}

function grouped(options: readonly Option[]): { group: string | undefined; options: Option[] }[] {
  const groups: { group: string | undefined; options: Option[] }[] = [];
  for (const option of options) {
    const last = groups.at(-1);
    if (last && last.group === option.group) last.options.push(option);
    else groups.push({ group: option.group, options: [option] });
  }
  return groups;
}

export interface FilterPanelProps {
  action: string;
  /** How many filters are set now; the button says it. */
  active?: number | undefined;
  label?: string | undefined;
  /** Where "Clear" leads. */
  clearHref?: string | undefined;
  /** Kept as they are: a search text, a sort order. */
  hidden?: Readonly<Record<string, string>> | undefined;
  children: ComponentChildren;
}

/** The filter button for the top left of a list. Its panel opens without JavaScript. */
export function FilterPanel({ action, active = 0, label = 'Filter', clearHref, hidden, children }: FilterPanelProps) {
  return (
    <details class="filter" data-menu>
      <summary class="btn btn-secondary">
        <Icon name="filter" />
        {label}
        {active > 0 && (
          <span class="count">
            {active}
            <span class="sr-only"> set</span>
          </span>
        )}
      </summary>
      <form action={action} method="get" class="filter-panel">
        <HiddenFields hidden={hidden} />
        {children}
        <div class="form-actions">
          <Button variant="primary">Apply</Button>
          {clearHref && (
            <a class="btn btn-ghost" href={clearHref}>
              Clear
            </a>
          )}
        </div>
      </form>
    </details>
  );
}
