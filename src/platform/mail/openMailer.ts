import { createTransport } from 'nodemailer';
import { MailError, type Mailer } from './port.ts';

const waitMs = 10_000;

/** A mail server by SMTP; TLS as the address says (`smtps:`), or as the server offers. */
export function openMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    // A mail body is ours alone: it names no file and no address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ messageId, toName, toAddress, subject, text, html }) {
      try {
        await transport.sendMail({
          messageId,
          from,
          to: { name: toName, address: toAddress },
          subject,
          text,
          html,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw readError(error);
      }
    },
    close: () => transport.close(),
  };
}

function readError(error: unknown): MailError {
  const { responseCode, response, message } = error as Partial<
    Record<'responseCode' | 'response' | 'message', unknown>
  >;
  const isFinal = typeof responseCode === 'number' && responseCode >= 500;
  const said = typeof response === 'string' ? response : String(message ?? error);
  return new MailError(said.slice(0, 300), !isFinal);
}
