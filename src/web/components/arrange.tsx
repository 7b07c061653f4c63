import type { ComponentChildren } from 'preact';
import { classes } from '../classes.ts';
import { Icon, type IconName } from '../icons.tsx';

type Gap = 'tight' | 'regular' | 'loose';

export function Stack({ gap = 'regular', children }: { gap?: Gap; children: ComponentChildren }) {
  return <div class={classes('stack', `gap-${gap}`)}>{children}</div>;
}

export interface RowProps {
  gap?: Gap | undefined;
  /** `apart` pushes the first and the last to the edges. */
  spread?: 'start' | 'end' | 'apart' | undefined;
  align?: 'center' | 'top' | 'baseline' | undefined;
  children: ComponentChildren;
}

export function Row({ gap = 'regular', spread = 'start', align = 'center', children }: RowProps) {
  return <div class={classes('row', `gap-${gap}`, `row-${spread}`, `row-${align}`)}>{children}</div>;
}

/** Columns that become one on a phone. `aside` is a wide column with a narrow one at its right. */
export function Columns({ of = 2, children }: { of?: 2 | 3 | 4 | 'aside'; children: ComponentChildren }) {
  return <div class={classes('columns', `columns-${of}`)}>{children}</div>;
}

export interface CardProps {
  title?: string | undefined;
  description?: ComponentChildren;
  /** At the right of the title. */
  actions?: ComponentChildren;
  footer?: ComponentChildren;
  /** No padding, for a table that fills the card. */
  flush?: boolean | undefined;
  children?: ComponentChildren;
}

export function Card({ title, description, actions, footer, flush, children }: CardProps) {
  return (
    <section class={classes('card', flush && 'card-flush')}>
      {(title || actions) && (
        <header class="card-header">
          <div>
            {title && <h2>{title}</h2>}
            {description && <p class="card-description">{description}</p>}
          </div>
          {actions && <div class="card-actions">{actions}</div>}
        </header>
      )}
      {children && <div class="card-body">{children}</div>}
      {footer && <footer class="card-footer">{footer}</footer>}
    </section>
  );
}

export interface PageHeaderProps {
  title: ComponentChildren;
  /** Beside the title: a StandingLabel, a Badge. */
  badge?: ComponentChildren;
  description?: ComponentChildren;
  /** At the top right. */
  actions?: ComponentChildren;
}

export function PageHeader({ title, badge, description, actions }: PageHeaderProps) {
  return (
    <header class="page-header">
      <div class="page-heading">
        <h1>
          {title}
          {badge && <span class="page-badge">{badge}</span>}
        </h1>
        {description && <p class="page-description">{description}</p>}
      </div>
      {actions && <div class="page-actions">{actions}</div>}
    </header>
  );
}

export interface SectionLink {
  id: string;
  label: string;
}

/** The left-hand navigation of a long page: jumps to its sections and shows the one being read. */
export function SectionNav({ sections, label = 'Sections' }: { sections: readonly SectionLink[]; label?: string }) {
  return (
    <nav class="section-nav" aria-label={label} data-section-nav>
      <ul>
        {sections.map((section) => (
          <li key={section.id}>
            <a href={`#${section.id}`}>{section.label}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** A long page of `Section`s with its `SectionNav` at the left. */
export function SectionedPage({
  sections,
  children,
}: {
  sections: readonly SectionLink[];
  children: ComponentChildren;
}) {
  return (
    <div class="sectioned">
      <SectionNav sections={sections} />
      <div class="sections">{children}</div>
    </div>
  );
}

export interface SectionProps {
  id: string;
  title: string;
  description?: ComponentChildren;
  /** At the right of the heading. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({ id, title, description, actions, children }: SectionProps) {
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <header class="section-header">
        <div>
          <h2 id={`${id}-title`}>{title}</h2>
          {description && <p class="section-description">{description}</p>}
        </div>
        {actions && <div class="section-actions">{actions}</div>}
      </header>
      <div class="section-body">{children}</div>
    </section>
  );
}

export interface SettingProps {
  title: ComponentChildren;
  /** What it means now, and what the button would do. */
  description?: ComponentChildren;
  badge?: ComponentChildren;
  action?: ComponentChildren;
  /** The article puts the agency's button at the left; all others stand at the right. */
  actionAt?: 'left' | 'right' | undefined;
  trouble?: ComponentChildren;
}

/** One line of the Status section: what is so, why, and the button that changes it. */
export function Setting({ title, description, badge, action, actionAt = 'right', trouble }: SettingProps) {
  return (
    <div class={classes('setting', `setting-${actionAt}`)}>
      <div class="setting-text">
        <h3>
          {title}
          {badge && <span class="setting-badge">{badge}</span>}
        </h3>
        {description && <div class="setting-description">{description}</div>}
        {trouble && <div class="setting-trouble">{trouble}</div>}
      </div>
      {action && <div class="setting-action">{action}</div>}
    </div>
  );
}

/** A frame around `Setting`s, with a line between each two. */
export function Settings({ children }: { children: ComponentChildren }) {
  return <div class="settings">{children}</div>;
}

export interface Tab {
  label: string;
  href: string;
  current?: boolean | undefined;
  count?: number | string | undefined;
}

/** Tabs are addresses: each is a link to its own page. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  return (
    <nav class="tab-links" aria-label={label}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.href}>
            <a href={tab.href} aria-current={tab.current ? 'page' : undefined}>
              {tab.label}
              {tab.count !== undefined && <span class="count">{tab.count}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export interface FoldProps {
  /** A link to it unfolds it. */
  id: string;
  title: ComponentChildren;
  /** At the right of the title: the sum of what is folded. */
  end?: ComponentChildren;
  open?: boolean | undefined;
  children: ComponentChildren;
}

/** Details that are folded until somebody asks for them; on paper they are unfolded. */
export function Fold({ id, title, end, open, children }: FoldProps) {
  return (
    <details class="fold" open={open}>
      <summary>
        <Icon name="chevronRight" size={14} />
        <span class="fold-title">{title}</span>
        {end && <span class="fold-end">{end}</span>}
      </summary>
      {/* Browsers unfold what an address leads into, and not what it leads to. */}
      <div class="fold-body" id={id}>
        {children}
      </div>
    </details>
  );
}

/** Text set as an article: paragraphs, lists, small headings. */
export function Prose({ children }: { children: ComponentChildren }) {
  return <div class="prose">{children}</div>;
}

/** A small gray line: a remark, a date, a second thought. */
export function Muted({ icon, children }: { icon?: IconName; children: ComponentChildren }) {
  return (
    <span class="muted">
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}
