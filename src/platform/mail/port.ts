/** What the product asks of a mail server. */
export interface Mailer {
  /** Hands a message over; throws `MailError` when the server did not take it. */
  send(message: MailMessage): Promise<void>;
  close(): void;
}

export interface MailMessage {
  /** The same for each attempt, so that a mail that arrives twice can be told as one. */
  messageId: string;
  toName: string;
  toAddress: string;
  subject: string;
  text: string;
  html: string;
}

/** `retry`: the server may take it later; otherwise it said that it never will (RFC 5321, 5yz). */
export class MailError extends Error {
  readonly retry: boolean;

  constructor(message: string, retry: boolean) {
    super(message);
    this.name = 'MailError';
    this.retry = retry;
  }
}
