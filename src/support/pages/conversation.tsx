import { findNames } from '../../auth/store.ts';
import type { Db } from '../../platform/db.ts';
import { newKey } from '../../platform/ids.ts';
import { ticketKindNames, ticketLengths } from '../../rules/tickets.ts';
import { Badge, Button, Card, DefinitionList, Field, Form, FormActions, Moment, Stack } from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { findMessages, type Message, type Ticket } from '../store.ts';

const states = {
  open: <Badge tone="attention">Open</Badge>,
  answered: <Badge tone="good">Answered</Badge>,
  closed: <Badge tone="neutral">Closed</Badge>,
};

export const StateBadge = ({ ticket }: { ticket: Pick<Ticket, 'state'> }) => states[ticket.state];

export interface NamedMessage extends Message {
  name: string;
}

export async function readConversation(db: Db, ticket: Ticket): Promise<NamedMessage[]> {
  const messages = await findMessages(db, ticket);
  const names = await findNames(db, [...new Set(messages.map((each) => each.by))]);
  return messages.map((each) => ({ ...each, name: names.get(each.by) ?? 'Somebody who left' }));
}

export const countWritten = (messages: readonly Message[], personId: string): number =>
  messages.filter((each) => each.by === personId).length;

export function Conversation({ messages, timeZone }: { messages: readonly NamedMessage[]; timeZone: string }) {
  return (
    <Stack>
      {messages.map((each) => (
        <Card
          key={each.messageId}
          title={each.fromStaff ? `${each.name}, support` : each.name}
          description={<Moment at={each.at} text={formatMoment(each.at, timeZone)} />}
        >
          <p class="whitespace-pre-wrap break-words">{each.body}</p>
        </Card>
      ))}
    </Stack>
  );
}

/** What the ticket said by itself when it was opened. */
export function TicketFacts({ ticket, more = [] }: { ticket: Ticket; more?: { term: string; description: string }[] }) {
  return (
    <DefinitionList
      items={[
        ...more,
        { term: 'Kind', description: ticketKindNames[ticket.kind] },
        ...(ticket.step ? [{ term: 'Step', description: ticket.step }] : []),
        ...(ticket.lastRefusal ? [{ term: 'Last refusal', description: ticket.lastRefusal }] : []),
      ]}
    />
  );
}

/** What was typed and not taken, and why. */
export interface RefusedWords {
  words: string;
  sentence: string;
  fields: Readonly<Record<string, string>>;
}

interface WritingProps {
  action: string;
  label: string;
  button: string;
  /** How much this person wrote here so far: what was sent leaves the box, what others send leaves it alone. */
  written: number;
  refused: RefusedWords | undefined;
}

export function WritingForm({ action, label, button, written, refused }: WritingProps) {
  return (
    <Form id={`writing-${written}`} action={action} idempotencyKey={newKey()} refusal={refused?.sentence}>
      <Field
        name="words"
        id={`words-${written}`}
        label={label}
        kind="textarea"
        required
        rows={5}
        maxlength={ticketLengths.words}
        value={refused?.words ?? ''}
        error={refused?.fields.words}
      />
      <FormActions>
        <Button variant="primary">{button}</Button>
      </FormActions>
    </Form>
  );
}
