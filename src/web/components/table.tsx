import type { ComponentChildren } from 'preact';
import { classes } from '../classes.ts';
import { Icon } from '../icons.tsx';

export interface Column<Row> {
  /** The heading; also stands before the value where a phone shows the row as a card. */
  header: string;
  cell: (row: Row) => ComponentChildren;
  /** Right-aligned, with figures of one width. */
  numeric?: boolean | undefined;
  /** What names the row. One per table. */
  main?: boolean | undefined;
  /** The buttons of the row: right-aligned, heading read out only. */
  actions?: boolean | undefined;
  /** May break into lines; other cells don't. */
  wraps?: boolean | undefined;
  /** Set where sorting is offered: where the heading leads, and how it is sorted now. */
  sort?: { href: string; now?: 'ascending' | 'descending' | undefined } | undefined;
}

export interface TableProps<Row> {
  /** Says what the table lists. Read out, and shown if `captionShown`. */
  caption: string;
  captionShown?: boolean | undefined;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** Grey for what is paused, released or canceled. The row must also say it in words. */
  grey?: ((row: Row) => boolean) | undefined;
  /** Stands in place of a table without rows. */
  empty?: ComponentChildren;
  /** On a phone: each row a card (default), or the table scrolls sideways. */
  onPhone?: 'cards' | 'scroll' | undefined;
  dense?: boolean | undefined;
  /** The heading stays in sight while a long table is read. */
  sticky?: boolean | undefined;
  foot?: ComponentChildren;
}

export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, grey, empty, onPhone = 'cards', dense, sticky, foot } = props;
  if (rows.length === 0 && empty) return <div class="table-frame">{empty}</div>;
  return (
    // A region that scrolls must be reachable by keyboard.
    <section class={classes('table-frame table-scroll', sticky && 'table-sticky')} aria-label={caption} tabindex={0}>
      <table class={classes('table', `table-${onPhone}`, dense && 'table-dense')}>
        <caption class={classes(!props.captionShown && 'sr-only')}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.header} scope="col" class={cellClass(column)} aria-sort={column.sort?.now}>
                <Heading column={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} id={`row-${rowKey(row)}`} class={classes(grey?.(row) && 'row-grey') || undefined}>
              {columns.map((column) =>
                column.main ? (
                  <th key={column.header} scope="row" class={cellClass(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.header}
                    class={cellClass(column)}
                    data-label={column.actions ? undefined : column.header}
                  >
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </section>
  );
}

function Heading<Row>({ column }: { column: Column<Row> }) {
  if (column.actions) return <span class="sr-only">{column.header}</span>;
  if (!column.sort) return <>{column.header}</>;
  return (
    <a href={column.sort.href} class={classes('sort', column.sort.now && `sort-${column.sort.now}`)}>
      {column.header}
      {column.sort.now && <Icon name="chevronDown" size={12} />}
    </a>
  );
}

function cellClass<Row>(column: Column<Row>): string | undefined {
  const names = classes(
    column.numeric && 'numeric',
    column.main && 'main-cell',
    column.actions && 'actions-cell',
    column.wraps && 'wraps',
  );
  return names || undefined;
}

export interface PaginationProps {
  /** "1–50 of 5,012 calls". */
  summary: string;
  previousHref?: string | undefined;
  nextHref?: string | undefined;
  previousLabel?: string | undefined;
  nextLabel?: string | undefined;
}

export function Pagination({
  summary,
  previousHref,
  nextHref,
  previousLabel = 'Previous',
  nextLabel = 'Next',
}: PaginationProps) {
  return (
    <nav class="pagination" aria-label="Pages">
      <span class="pagination-summary">{summary}</span>
      {(previousHref || nextHref) && (
        <span class="pagination-steps">
          <Step href={previousHref}>
            <Icon name="back" size={14} />
            {previousLabel}
          </Step>
          <Step href={nextHref}>
            {nextLabel}
            <Icon name="chevronRight" size={14} />
          </Step>
        </span>
      )}
    </nav>
  );
}

function Step({ href, children }: { href: string | undefined; children: ComponentChildren }) {
  if (href)
    return (
      <a class="btn btn-secondary btn-small" href={href}>
        {children}
      </a>
    );
  return (
    <span class="btn btn-secondary btn-small btn-off" aria-disabled="true">
      {children}
    </span>
  );
}

/** What stands above a list: filter at the left, search, and what is done with the list at the right. */
export function Toolbar({ children, end }: { children: ComponentChildren; end?: ComponentChildren }) {
  return (
    <div class="toolbar">
      <div class="toolbar-start">{children}</div>
      {end && <div class="toolbar-end">{end}</div>}
    </div>
  );
}

export interface Definition {
  term: string;
  description: ComponentChildren;
  hint?: ComponentChildren;
}

export function DefinitionList({ items }: { items: readonly Definition[] }) {
  return (
    <dl class="definitions">
      {items.map((item) => (
        <div key={item.term}>
          <dt>{item.term}</dt>
          <dd>
            {item.description}
            {item.hint !== undefined && <span class="definition-hint">{item.hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
