import type { ComponentChildren } from 'preact';
import { classes } from '../classes.ts';
import { Icon, type IconName } from '../icons.tsx';

/**
 * `closing-orange` and `closing-red` belong to the buttons that end something, and to no others:
 * orange for a standalone account, an agency and the release of a number, red for a sub-account.
 */
export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'closing-orange' | 'closing-red';
export type ButtonSize = 'small' | 'regular' | 'large';

interface Look {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  icon?: IconName | undefined;
  /** What a screen reader says in place of the text, where rows repeat one word: "Restore (410) 555-0112". */
  spoken?: string | undefined;
  children: ComponentChildren;
}

const look = (variant: ButtonVariant = 'secondary', size: ButtonSize = 'regular') =>
  classes('btn', `btn-${variant}`, size !== 'regular' && `btn-${size}`);

export interface ButtonProps extends Look {
  type?: 'submit' | 'button' | undefined;
  name?: string | undefined;
  value?: string | undefined;
  disabled?: boolean | undefined;
  /** The id of a form elsewhere on the page. */
  form?: string | undefined;
}

export function Button({ variant, size, icon, spoken, children, type = 'submit', ...rest }: ButtonProps) {
  return (
    <button type={type} class={look(variant, size)} aria-label={spoken} {...rest}>
      {icon && <Icon name={icon} size={size === 'small' ? 14 : 16} />}
      {children}
    </button>
  );
}

export interface LinkButtonProps extends Look {
  href: string;
  /** Opens the page's `Confirmation` as a pop-up; without JavaScript the link leads to the page itself. */
  dialog?: boolean | undefined;
  download?: boolean | undefined;
  /** "Never mind" inside a `Confirmation`: closes the pop-up, and on the full page leads where `href` says. */
  closesDialog?: boolean | undefined;
}

export function LinkButton({
  href,
  variant,
  size,
  icon,
  spoken,
  dialog,
  closesDialog,
  download,
  children,
}: LinkButtonProps) {
  return (
    <a
      href={href}
      class={look(variant, size)}
      aria-label={spoken}
      data-dialog={dialog ? '' : undefined}
      data-close={closesDialog ? '' : undefined}
      data-turbo={download ? 'false' : undefined}
      download={download}
    >
      {icon && <Icon name={icon} size={size === 'small' ? 14 : 16} />}
      {children}
    </a>
  );
}

export interface TextLinkProps {
  href: string;
  dialog?: boolean | undefined;
  /** Quiet links carry the text's own color until pointed at: names in tables. */
  quiet?: boolean | undefined;
  children: ComponentChildren;
}

export function TextLink({ href, dialog, quiet, children }: TextLinkProps) {
  return (
    <a
      href={href}
      class={classes('link', quiet && 'link-quiet')}
      data-dialog={dialog ? '' : undefined}
      // Inside a page the browser leads by itself, and unfolds what is folded.
      data-turbo={href.startsWith('#') ? 'false' : undefined}
    >
      {children}
    </a>
  );
}

/** Copies `text`; the button says so itself. Without JavaScript it isn't shown, the text beside it can be selected. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  return (
    <button type="button" class="btn btn-ghost btn-small copy" data-copy={text}>
      <Icon name="copy" size={14} />
      <span data-copy-label="Copied">{label}</span>
    </button>
  );
}

/** The way to the ticket portal that stands beside every step. */
export function TroubleLink({ href }: { href: string }) {
  return (
    <a href={href} class="trouble">
      <Icon name="help" size={14} />
      Trouble with this step?
    </a>
  );
}
