import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { assetPath, browserScripts } from './assets.ts';
import { classes } from './classes.ts';
import { LinkButton } from './components/buttons.tsx';
import { ButtonForm } from './components/form.tsx';
import { Notice, type NoticeKind, StandingLabel } from './components/say.tsx';
import { Icon, type IconName, Mark } from './icons.tsx';

export interface Viewer {
  name: string;
  email: string;
}

/** Where one is. Its name stands at the top right of every page, with its label. */
export interface Place {
  kind: 'agency' | 'account' | 'operations';
  id: number | string;
  name: string;
  /** The label of the standing, without parentheses; null when there is nothing to say. */
  label?: string | null | undefined;
  /** The agency of a sub-account. */
  agencyName?: string | undefined;
}

export interface SwitcherEntry {
  href: string;
  name: string;
  label?: string | null | undefined;
  /** Entries of one group stand together under this heading: the agency's name, "Standalone accounts". */
  group: string;
  current?: boolean | undefined;
}

export interface NavigationItem {
  label: string;
  /** A heading without an address leads nowhere; its items do. */
  href?: string | undefined;
  icon?: IconName | undefined;
  current?: boolean | undefined;
  items?: readonly NavigationItem[] | undefined;
}

export interface Breadcrumb {
  label: string;
  href?: string | undefined;
}

export interface PageNotice {
  kind: NoticeKind;
  text: string;
  details?: ComponentChildren;
}

export interface PageProps {
  title: string;
  viewer?: Viewer | undefined;
  place?: Place | undefined;
  switcher?: readonly SwitcherEntry[] | undefined;
  navigation: readonly NavigationItem[];
  /** The last one is this page; it needs no address. */
  breadcrumbs?: readonly Breadcrumb[] | undefined;
  /** Only while the development clock is turned. */
  ribbon?: { pretendedDate: string; href?: string | undefined } | undefined;
  notice?: PageNotice | undefined;
  /** The address of an event stream that sends `<turbo-stream action="refresh">` when something here has changed. */
  live?: string | undefined;
  /** `reading` for forms and decisions, `wide` for tables with many columns. */
  width?: 'reading' | 'regular' | 'wide' | undefined;
  /** Links of the person's own menu, above Sign out. */
  personMenu?: readonly { label: string; href: string; icon?: IconName | undefined }[] | undefined;
  signOutAction?: string | undefined;
  children: ComponentChildren;
}

function Document({
  title,
  live,
  bare,
  children,
}: {
  title: string;
  live?: string | undefined;
  bare?: boolean;
  children: ComponentChildren;
}) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · Switchhook`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#111318" />
        <meta name="turbo-refresh-method" content="morph" />
        <meta name="turbo-refresh-scroll" content="preserve" />
        <meta name="turbo-cache-control" content="no-preview" />
        <meta name="turbo-prefetch" content="false" />
        <link rel="icon" type="image/svg+xml" href={assetPath('icon.svg')} />
        <link rel="stylesheet" href={assetPath('app.css')} data-turbo-track="reload" />
        {browserScripts.map((name) => (
          <script key={name} type="module" src={assetPath(name)} data-turbo-track="reload" />
        ))}
      </head>
      <body class={classes(bare && 'bare')}>
        {children}
        <dialog id="pop-up" class="pop-up" data-turbo-permanent aria-labelledby="pop-up-title" />
        {live && <turbo-stream-source id="live" src={live} />}
      </body>
    </html>
  );
}

function Ribbon({ pretendedDate, href }: { pretendedDate: string; href?: string | undefined }) {
  const text = (
    <>
      <Icon name="clock" size={14} />
      <span>
        Development clock: it is pretended to be <strong>{pretendedDate}</strong>
      </span>
    </>
  );
  return (
    <aside class="ribbon" aria-label="Development clock">
      {href ? <a href={href}>{text}</a> : text}
    </aside>
  );
}

export function Page(props: PageProps) {
  const {
    title,
    viewer,
    place,
    switcher = [],
    navigation,
    breadcrumbs = [],
    ribbon,
    notice,
    live,
    width = 'regular',
  } = props;
  return (
    <Document title={place ? `${title} · ${place.name}` : title} live={live}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <div class="shell">
        <nav class="side" id="menu" aria-label="Menu" popover="auto">
          <div class="side-brand">
            <a href="/" class="brand">
              <Mark />
              Switchhook
            </a>
            <button
              type="button"
              class="btn btn-ghost btn-icon side-close"
              popovertarget="menu"
              popovertargetaction="hide"
              aria-label="Close the menu"
            >
              <Icon name="close" />
            </button>
          </div>
          <ul class="side-groups">
            {navigation.map((item) => (
              <NavigationGroup key={item.label} item={item} />
            ))}
          </ul>
        </nav>
        <div class="main">
          {ribbon && <Ribbon {...ribbon} />}
          <header class="top">
            <button
              type="button"
              class="btn btn-ghost btn-icon top-menu"
              popovertarget="menu"
              aria-label="Open the menu"
            >
              <Icon name="menu" size={20} />
            </button>
            <Breadcrumbs items={breadcrumbs} />
            <div class="top-end">
              {place && <PlaceName place={place} switcher={switcher} />}
              {viewer && (
                <Person
                  viewer={viewer}
                  links={props.personMenu ?? []}
                  signOutAction={props.signOutAction ?? '/sign-out'}
                />
              )}
            </div>
          </header>
          <main id="content" class={classes('content', `content-${width}`)} tabindex={-1}>
            {notice && (
              <div id="page-notice" data-keep>
                <Notice kind={notice.kind} details={notice.details}>
                  {notice.text}
                </Notice>
              </div>
            )}
            {props.children}
          </main>
        </div>
      </div>
    </Document>
  );
}

function NavigationGroup({ item }: { item: NavigationItem }) {
  if (!item.items || item.items.length === 0) {
    return (
      <li>
        <NavigationLink item={item} />
      </li>
    );
  }
  return (
    <li>
      {item.href ? (
        <NavigationLink item={item} />
      ) : (
        <span class="side-heading">
          {item.icon && <Icon name={item.icon} />}
          {item.label}
        </span>
      )}
      <ul class="side-items">
        {item.items.map((child) => (
          <li key={child.label}>
            <NavigationLink item={child} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function NavigationLink({ item }: { item: NavigationItem }) {
  return (
    <a class="side-link" href={item.href ?? '#menu'} aria-current={item.current ? 'page' : undefined}>
      {item.icon && <Icon name={item.icon} />}
      {item.label}
    </a>
  );
}

function Breadcrumbs({ items }: { items: readonly Breadcrumb[] }) {
  if (items.length === 0) return <span class="breadcrumb" />;
  return (
    <nav class="breadcrumb" aria-label="Breadcrumbs">
      <ol>
        {items.map((item, index) => (
          <li key={item.label}>
            {index > 0 && <Icon name="chevronRight" size={12} />}
            {item.href && index < items.length - 1 ? (
              <a href={item.href}>{item.label}</a>
            ) : (
              <span aria-current={index === items.length - 1 ? 'page' : undefined}>{item.label}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function PlaceName({ place, switcher }: { place: Place; switcher: readonly SwitcherEntry[] }) {
  const name = (
    <span class="place-text">
      {place.agencyName && <span class="place-agency">{place.agencyName}</span>}
      <span class="place-line">
        <strong class="place-name">{place.name}</strong>
        <StandingLabel label={place.label} />
      </span>
    </span>
  );
  if (switcher.length < 2) {
    return (
      <div class="place" data-place={place.id}>
        {name}
      </div>
    );
  }
  const groups = [...new Set(switcher.map((entry) => entry.group))];
  return (
    <details class="place place-switch" data-menu data-place={place.id}>
      <summary>
        {name}
        <span class="sr-only">Switch accounts</span>
        <Icon name="chevronDown" size={14} />
      </summary>
      <nav class="menu-panel switcher" aria-label="Accounts">
        {groups.map((group) => (
          <section key={group}>
            <h2>{group}</h2>
            <ul>
              {switcher
                .filter((entry) => entry.group === group)
                .map((entry) => (
                  <li key={entry.href}>
                    <a href={entry.href} aria-current={entry.current ? 'true' : undefined}>
                      <span class="switcher-name">{entry.name}</span>
                      <StandingLabel label={entry.label} />
                      {entry.current && <Icon name="check" size={14} />}
                    </a>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
    </details>
  );
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word[0]?.toUpperCase())
    .filter((_, index, all) => index === 0 || index === all.length - 1)
    .join('');

function Person({
  viewer,
  links,
  signOutAction,
}: {
  viewer: Viewer;
  links: NonNullable<PageProps['personMenu']>;
  signOutAction: string;
}) {
  return (
    <details class="person" data-menu>
      <summary>
        <span class="avatar" aria-hidden="true">
          {initials(viewer.name)}
        </span>
        <span class="sr-only">Signed in as {viewer.name}</span>
      </summary>
      <div class="menu-panel person-panel">
        <p class="person-name">
          <strong>{viewer.name}</strong>
          <span>{viewer.email}</span>
        </p>
        {links.length > 0 && (
          <ul>
            {links.map((link) => (
              <li key={link.href}>
                <a href={link.href}>
                  {link.icon && <Icon name={link.icon} />}
                  {link.label}
                </a>
              </li>
            ))}
          </ul>
        )}
        <ButtonForm action={signOutAction} variant="ghost" icon="signOut">
          Sign out
        </ButtonForm>
      </div>
    </details>
  );
}

export interface SignedOutPageProps {
  title: string;
  lead?: ComponentChildren;
  notice?: PageNotice | undefined;
  ribbon?: { pretendedDate: string } | undefined;
  /** Under the card: "No account yet? Sign up". */
  below?: ComponentChildren;
  /** Room for plans side by side. */
  wide?: boolean | undefined;
  children: ComponentChildren;
}

/** Sign-in, sign-up, the first operator's set-up link. */
export function SignedOutPage({ title, lead, notice, ribbon, below, wide, children }: SignedOutPageProps) {
  return (
    <Document title={title} bare>
      {ribbon && <Ribbon {...ribbon} />}
      <main id="content" class={classes('door', wide && 'door-wide')}>
        <a href="/" class="brand door-brand">
          <Mark />
          Switchhook
        </a>
        <div class="door-card">
          <header>
            <h1>{title}</h1>
            {lead && <p class="door-lead">{lead}</p>}
          </header>
          {notice && (
            <Notice kind={notice.kind} details={notice.details}>
              {notice.text}
            </Notice>
          )}
          {children}
        </div>
        {below && <p class="door-below">{below}</p>}
      </main>
    </Document>
  );
}

const usualErrors: Readonly<Record<number, { title: string; sentence: string; next: string }>> = {
  400: {
    title: 'This could not be read',
    sentence: 'The request came in a form that we don’t understand, so nothing was changed.',
    next: 'Go back, load the page again, and try once more.',
  },
  403: {
    title: 'Not yours to do',
    sentence: 'Your role here doesn’t allow this, so nothing was changed.',
    next: 'Ask an administrator of this account, or open a ticket.',
  },
  404: {
    title: 'Nothing here',
    sentence: 'There is nothing at this address that you can open.',
    next: 'Check the address, or pick the account again from your accounts.',
  },
  409: {
    title: 'Something changed meanwhile',
    sentence: 'What you looked at is no longer so, and nothing was done.',
    next: 'Go back, look again, and confirm what you see then.',
  },
  410: {
    title: 'This is over',
    sentence: 'What stood here has ended and can’t be opened any more.',
    next: 'The start page lists what you can open.',
  },
  429: {
    title: 'Too many tries',
    sentence: 'That was tried too often in a short time, so we wait a little.',
    next: 'Try again in a minute.',
  },
  500: {
    title: 'Our mistake',
    sentence: 'Something went wrong on our side. What you asked for was not done.',
    next: 'Try again. If it happens again, open a ticket and tell us the reference below.',
  },
  503: {
    title: 'Back in a moment',
    sentence: 'Switchhook can’t reach its database just now. Calls are kept, and nothing is lost.',
    next: 'Wait a few seconds and load the page again.',
  },
};

export interface ErrorPageProps {
  status: number;
  title?: string | undefined;
  /** What happened. */
  sentence?: string | undefined;
  /** What to do next. */
  next?: ComponentChildren;
  /** The way out, the first as a button. Without any: home. */
  links?: readonly { label: string; href: string }[] | undefined;
  /** Found again in the log. */
  reference?: string | undefined;
}

/** Needs nothing but its arguments, so that it stands when everything else is down. */
export function ErrorPage({ status, title, sentence, next, links, reference }: ErrorPageProps) {
  const usual = usualErrors[status] ?? (status >= 500 ? usualErrors[500] : usualErrors[400]);
  const ways = links ?? [
    { label: status === 503 ? 'Try again' : 'Go to the start page', href: status === 503 ? '' : '/' },
  ];
  return (
    <Document title={title ?? usual?.title ?? 'Error'} bare>
      <main id="content" class="door door-error">
        <a href="/" class="brand door-brand">
          <Mark />
          Switchhook
        </a>
        <div class="door-card" data-dialog-content>
          <p class="error-status">{status}</p>
          <h1 id="pop-up-title">{title ?? usual?.title}</h1>
          <p class="error-sentence">{sentence ?? usual?.sentence}</p>
          <p class="error-next">{next ?? usual?.next}</p>
          <div class="error-ways">
            {ways.map((way, index) => (
              <LinkButton key={way.label} href={way.href} variant={index === 0 ? 'primary' : 'ghost'}>
                {way.label}
              </LinkButton>
            ))}
          </div>
          {reference && (
            <p class="error-reference">
              Reference <code>{reference}</code>
            </p>
          )}
        </div>
      </main>
    </Document>
  );
}

export function renderPage(page: VNode): string {
  return `<!DOCTYPE html>${renderToString(page)}`;
}
