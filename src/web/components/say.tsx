import type { ComponentChildren } from 'preact';
import { classes } from '../classes.ts';
import { Icon, type IconName } from '../icons.tsx';

export type NoticeKind = 'success' | 'refusal' | 'info' | 'attention';

const noticeIcons: Record<NoticeKind, IconName> = {
  success: 'check',
  refusal: 'stop',
  info: 'info',
  attention: 'attention',
};

export interface NoticeProps {
  kind: NoticeKind;
  title?: string | undefined;
  /** Under the sentence: what exactly, and what to do next. */
  details?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Notice({ kind, title, details, actions, children }: NoticeProps) {
  return (
    <div class={classes('notice', `notice-${kind}`)} role={kind === 'refusal' ? 'alert' : 'status'}>
      <span class="notice-icon">
        <Icon name={noticeIcons[kind]} />
      </span>
      <div class="notice-text">
        {title && <strong>{title}</strong>}
        <div>{children}</div>
        {details && <div class="notice-details">{details}</div>}
      </div>
      {actions && <div class="notice-actions">{actions}</div>}
    </div>
  );
}

export type Tone = 'neutral' | 'good' | 'info' | 'attention' | 'bad' | 'ended';

export function Badge({
  tone = 'neutral',
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
}) {
  return (
    <span class={classes('badge', `badge-${tone}`)}>
      {icon ? <Icon name={icon} size={12} /> : <span class="badge-dot" />}
      {children}
    </span>
  );
}

const labelLooks: Readonly<Record<string, { tone: Tone; icon: IconName }>> = {
  paused: { tone: 'attention', icon: 'pause' },
  stopped: { tone: 'attention', icon: 'stop' },
  'no funds': { tone: 'bad', icon: 'exhausted' },
  canceled: { tone: 'ended', icon: 'close' },
};

/** The label that stands after a name: "(paused)". Nothing for an open account, unless `open` gives the word for it. */
export function StandingLabel({ label, open }: { label: string | null | undefined; open?: string }) {
  if (!label) return open ? <Badge tone="good">{open}</Badge> : null;
  const look = labelLooks[label] ?? { tone: 'neutral' as const, icon: 'info' as const };
  return (
    <Badge tone={look.tone} icon={look.icon}>
      ({label})
    </Badge>
  );
}

export interface EmptyStateProps {
  icon?: IconName | undefined;
  title: string;
  /** One thing to do about it. */
  action?: ComponentChildren;
  children?: ComponentChildren;
}

export function EmptyState({ icon, title, action, children }: EmptyStateProps) {
  return (
    <div class="empty">
      {icon && (
        <span class="empty-icon">
          <Icon name={icon} size={20} />
        </span>
      )}
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
      {action && <div class="empty-action">{action}</div>}
    </div>
  );
}

export interface StatProps {
  label: string;
  value: ComponentChildren;
  /** Compared to what, until when. */
  hint?: ComponentChildren;
  href?: string | undefined;
}

export function Stat({ label, value, hint, href }: StatProps) {
  return (
    <div class="stat">
      <dt>{href ? <a href={href}>{label}</a> : label}</dt>
      <dd class="stat-value">{value}</dd>
      {hint !== undefined && <dd class="stat-hint">{hint}</dd>}
    </div>
  );
}

export function Stats({ children }: { children: ComponentChildren }) {
  return <dl class="stats">{children}</dl>;
}

/** A moment: `text` comes formatted in the account's zone, `at` is what machines read. */
export function Moment({ at, text }: { at: Date | string; text: string }) {
  return <time datetime={typeof at === 'string' ? at : at.toISOString()}>{text}</time>;
}

export function PhoneNumber({
  text,
  e164,
  href,
}: {
  text: string;
  e164?: string | undefined;
  href?: string | undefined;
}) {
  const number = (
    <span class="phone" data-e164={e164}>
      {text}
    </span>
  );
  return href ? (
    <a href={href} class="link link-quiet">
      {number}
    </a>
  ) : (
    number
  );
}

/** Text that changes while the page is open, read out politely when it does. */
export function LiveRegion({ id, children }: { id: string; children: ComponentChildren }) {
  return (
    <div id={id} class="live" role="status" aria-live="polite">
      {children}
    </div>
  );
}

/** The dot beside what is happening right now; the word beside it says it too. */
export function Ringing({ children }: { children: ComponentChildren }) {
  return (
    <span class="ringing">
      <span class="ringing-dot" />
      {children}
    </span>
  );
}

export interface PlanItem {
  /** What will happen, as a sentence. */
  what: ComponentChildren;
  /** When: "At once", or a date. */
  when?: ComponentChildren;
  detail?: ComponentChildren;
  /** Ends something, or keeps or gives back something. */
  tone?: 'ends' | 'keeps' | undefined;
}

/** Before something serious: exactly what will happen, with its dates. */
export function PlanList({ items, label }: { items: readonly PlanItem[]; label?: string }) {
  return (
    <ol class="plan" aria-label={label}>
      {items.map((item, index) => (
        <li key={index} class={classes('plan-item', item.tone && `plan-${item.tone}`)}>
          <span class="plan-mark">
            <Icon name={item.tone === 'ends' ? 'close' : item.tone === 'keeps' ? 'check' : 'clock'} size={12} />
          </span>
          {item.when !== undefined && <span class="plan-when">{item.when}</span>}
          <span class="plan-what">{item.what}</span>
          {item.detail !== undefined && <span class="plan-detail">{item.detail}</span>}
        </li>
      ))}
    </ol>
  );
}

export interface ConfirmationProps {
  title: string;
  /** Which account this is about; always said before something is ended. */
  subject?: { name: string; label?: string | null | undefined; agencyName?: string | undefined } | undefined;
  lead?: ComponentChildren;
  /** The form with its closing button. */
  actions: ComponentChildren;
  trouble?: ComponentChildren;
  children?: ComponentChildren;
}

/** The heart of a confirmation screen. A `LinkButton dialog` to the page shows this part as a pop-up. */
export function Confirmation({ title, subject, lead, actions, trouble, children }: ConfirmationProps) {
  return (
    <section class="confirmation" data-dialog-content aria-labelledby="pop-up-title">
      <header>
        {subject && (
          <p class="confirmation-subject">
            {subject.agencyName && <span class="muted">{subject.agencyName} / </span>}
            <strong>{subject.name}</strong> <StandingLabel label={subject.label} />
          </p>
        )}
        <h1 id="pop-up-title" tabindex={-1}>
          {title}
        </h1>
        {lead && <div class="confirmation-lead">{lead}</div>}
      </header>
      {children && <div class="confirmation-body">{children}</div>}
      <footer>
        <div class="confirmation-actions">{actions}</div>
        {trouble && <span class="form-trouble">{trouble}</span>}
      </footer>
    </section>
  );
}
