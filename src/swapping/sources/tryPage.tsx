import { runInNewContext } from 'node:vm';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { presetOf } from '../../rules/presets.ts';
import { addressLengthMax, chooseSource, readTouch, type Tried, trySources } from '../../rules/sources.ts';
import type { Touch } from '../../rules/swapping.ts';
import { troubleHref } from '../../web/askHref.ts';
import {
  Badge,
  Button,
  Card,
  Field,
  Form,
  FormActions,
  LinkButton,
  Notice,
  PageHeader,
  Stack,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, type ShownRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, sendPage } from '../../web/read.ts';
import { findSources, type TrackingSource } from './store.ts';

const trialMs = 250;

interface Trial {
  touch: Touch;
  tried: Tried<TrackingSource>[];
  chosen: TrackingSource | null;
}

/** Tracking Sources → Try it: which source a referrer and a landing page lead to, and why. */
export function registerTryPage(app: FastifyInstance, house: House): void {
  app.get<{ Params: { accountId: string } }>('/accounts/:accountId/sources/try', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const sources = await findSources(house.db, entered.account.accountId);
    const field = fieldsOf(request.query);
    const asked = { referrer: field('referrer'), landing: field('landing'), kept: field('kept') };
    if (asked.landing === '' && asked.referrer === '')
      return sendPage(reply, renderPage(await tryPage(house, request, reply, entered, sources, asked)));
    const decision = readTouch(asked.referrer, asked.landing);
    const refused = decision.ok ? undefined : presentRefusal(decision.refusal, entered.account.timeZone);
    const trial = decision.ok ? carryOut(sources, decision.value, asked.kept) : undefined;
    const page = await tryPage(house, request, reply, entered, sources, asked, trial, refused);
    return sendPage(reply, renderPage(page), decision.ok ? 200 : statusOf(decision.refusal));
  });
}

/** By the rule that the script runs. Patterns are the customer's: whatever they are, they are given up after a moment. */
function carryOut(sources: readonly TrackingSource[], touch: Touch, kept: string): Trial | null {
  const run = (): Trial => ({
    touch,
    tried: trySources(sources, touch),
    chosen: chooseSource(sources, touch, kept || null),
  });
  try {
    return runInNewContext('run()', { run }, { timeout: trialMs }) as Trial;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}

async function tryPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  sources: readonly TrackingSource[],
  asked: { referrer: string; landing: string; kept: string },
  trial?: Trial | null,
  refused?: ShownRefusal,
) {
  const { base } = entered;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Try it"
      breadcrumbs={[{ label: 'Numbers' }, { label: 'Tracking Sources', href: `${base}/sources` }, { label: 'Try it' }]}
    >
      <PageHeader
        title="Try it"
        description="Say where a visitor comes from and lands, and see which source they count for. It is the same rule that runs on the website."
      />
      <Stack>
        <Card>
          <Form action={`${base}/sources/try`} method="get">
            <Field
              name="referrer"
              label="Referrer"
              value={asked.referrer}
              placeholder="https://www.google.com/"
              hint="The page that they come from; empty when they type the address."
              maxlength={addressLengthMax}
              error={refused?.fields.referrer}
            />
            <Field
              name="landing"
              label="Landing page"
              required
              value={asked.landing}
              placeholder="https://example.com/?gclid=abc"
              maxlength={addressLengthMax}
              error={refused?.fields.landing}
            />
            <Field
              name="kept"
              label="Came before by"
              kind="select"
              value={asked.kept}
              options={[
                { value: '', label: 'Nothing: a first visit' },
                ...sources.map((each) => ({ value: each.sid, label: each.name })),
              ]}
            />
            <FormActions trouble={<TroubleLink href={troubleHref(base, 'Tracking Sources → Try it')} />}>
              <Button variant="primary">Try it</Button>
              <LinkButton href={`${base}/sources`} variant="ghost">
                Tracking Sources
              </LinkButton>
            </FormActions>
          </Form>
        </Card>
        {trial === null && (
          <Notice kind="refusal" title="One of the patterns takes too long over this address">
            Edit the source whose pattern has several .* in it.
          </Notice>
        )}
        {trial && <Outcome trial={trial} sources={sources} kept={asked.kept} />}
      </Stack>
    </Page>
  );
}

function Outcome({ trial, sources, kept }: { trial: Trial; sources: readonly TrackingSource[]; kept: string }) {
  const { chosen, tried } = trial;
  const first = tried.find((each) => each.fits);
  return (
    <>
      <Notice
        kind={chosen ? 'success' : 'info'}
        title={chosen ? `Counts for ${chosen.name}` : 'Counts for no source'}
        details={chosen && chosen.numbers === 0 ? 'No number stands for it, so the page keeps its own.' : undefined}
      >
        {sayWhy(
          trial,
          first,
          sources.find((each) => each.sid === kept),
        )}
      </Notice>
      <Table
        caption="Every source that is looked for, in order"
        captionShown
        rows={tried}
        rowKey={(each) => each.source.trackingSourceId}
        grey={(each) => first !== undefined && tried.indexOf(each) > tried.indexOf(first)}
        columns={[
          { header: 'Source', main: true, wraps: true, cell: (each) => each.source.name },
          {
            header: 'Fits',
            cell: (each) => (
              <Badge tone={each.fits ? 'good' : 'neutral'} icon={each.fits ? 'check' : 'close'}>
                {each === first ? 'the first that fits' : each.fits ? 'fits, but later' : 'no'}
              </Badge>
            ),
          },
          {
            header: 'Because',
            wraps: true,
            cell: (each) => <Because tried={each} />,
          },
        ]}
        empty={
          <Notice kind="info">
            No source is onsite and has rules, so every visitor sees the website’s own number.
          </Notice>
        }
      />
    </>
  );
}

/** A preset in its own words, anything else rule by rule. */
function Because({ tried: { source, conditions, fits } }: { tried: Tried<TrackingSource> }) {
  const preset = presetOf(source);
  return (
    <>
      {(preset ? [{ says: preset.says, holds: fits }] : conditions).map(({ says, holds }) => (
        <div key={says}>
          <strong>{holds ? 'So it is: ' : 'It is not so: '}</strong>
          {says}
        </div>
      ))}
    </>
  );
}

function sayWhy(
  { chosen, touch }: Trial,
  first: Tried<TrackingSource> | undefined,
  kept: TrackingSource | undefined,
): string {
  const from = touch.referrer === '' ? 'Without a referrer' : `From ${touch.referrer}`;
  if (chosen && kept && chosen.sid === kept.sid && first?.source.sid !== kept.sid)
    return `They came by ${kept.name} before, and stay with it${first ? `: ${first.source.name} fits, but does not take over` : ''}.`;
  if (!first) return `${from} to ${touch.landing}: no source fits, so the page keeps its own number.`;
  if (kept && first.source.isLastTouch) return `${first.source.name} fits, and takes over from ${kept.name}.`;
  return `${from} to ${touch.landing}: it is the first from the top whose rules all hold.`;
}
