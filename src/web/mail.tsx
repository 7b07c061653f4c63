import { renderToString } from 'preact-render-to-string';

/** What a mail says; both its forms, text and HTML, are made from it. */
export interface MailContent {
  subject: string;
  greeting: string;
  paragraphs: readonly string[];
  /** The one thing to do, as a button and as an address in full. */
  action?: { label: string; href: string };
  /** Why this mail came, and what to do if it should not have. */
  footer: string;
}

/** A mail's text and HTML. The HTML needs no picture, no script and nothing from elsewhere; mail programs know little CSS. */
export function composeMail(content: MailContent): { subject: string; text: string; html: string } {
  // A line break in a subject would start another header.
  const subject = content.subject.replace(/\s+/g, ' ');
  return { subject, text: composeText(content), html: composeHtml({ ...content, subject }) };
}

function composeText({ greeting, paragraphs, action, footer }: MailContent): string {
  const steps = action ? [`${action.label}:\n${action.href}`] : [];
  return `${[greeting, ...paragraphs, ...steps, '-- \nSwitchhook', footer].join('\n\n')}\n`;
}

const look = `
  body { margin: 0; padding: 24px 12px; background: #f4f4f5; color: #18181b; font: 16px/1.5 system-ui, sans-serif; }
  .card { max-width: 560px; margin: 0 auto; padding: 28px 32px; border: 1px solid #e4e4e7; border-radius: 12px; background: #fff; }
  .brand { margin: 0 0 20px; font-weight: 600; }
  .button { display: inline-block; padding: 11px 20px; border-radius: 8px; background: #1d4ed8; color: #fff; font-weight: 600; text-decoration: none; }
  .address { font-size: 13px; color: #52525b; word-break: break-all; }
  .footer { max-width: 560px; margin: 16px auto 0; padding: 0 32px; font-size: 13px; color: #52525b; }
  @media (prefers-color-scheme: dark) {
    body { background: #18181b; color: #fafafa; }
    .card { border-color: #3f3f46; background: #27272a; }
    .address, .footer { color: #a1a1aa; }
  }`;

function composeHtml({ subject, greeting, paragraphs, action, footer }: MailContent): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
        <style>{look}</style>
      </head>
      <body>
        <div class="card">
          <p class="brand">Switchhook</p>
          <p>{greeting}</p>
          {paragraphs.map((each) => (
            <p key={each}>{each}</p>
          ))}
          {action && (
            <>
              <p>
                <a class="button" href={action.href}>
                  {action.label}
                </a>
              </p>
              <p class="address">If the button does nothing, open this address: {action.href}</p>
            </>
          )}
        </div>
        <p class="footer">{footer}</p>
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToString(page)}`;
}
