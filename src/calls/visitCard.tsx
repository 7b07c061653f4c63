import {
  Card,
  type Column,
  DefinitionList,
  Fold,
  Moment,
  type PlanItem,
  PlanList,
  Stack,
  Table,
  TextLink,
} from '../web/components.tsx';
import { formatDuration, formatMoment } from '../web/format.ts';
import type { CandidateVisit, SeenPage, Touch } from './store.ts';

/** An address without what a browser adds and a campaign appends: "shop.example/offer". */
export const shortAddress = (url: string): string => url.replace(/^https?:\/\//, '').replace(/[?#].*$/, '');

/** "cpc, spring sale, “plumber near me”": what is known of an advertisement. */
export function sayAdvertisement(visit: Pick<Touch, 'utmMedium' | 'utmCampaign' | 'utmTerm'>): string {
  const { utmMedium, utmCampaign, utmTerm } = visit;
  return [utmMedium, utmCampaign, utmTerm && `“${utmTerm}”`].filter(Boolean).join(', ');
}

export interface VisitCardProps {
  callerErasedAt: Date | null;
  candidates: readonly CandidateVisit[];
  firstTouch: Touch | undefined;
  pages: readonly SeenPage[];
  /** More pages were seen than are listed. */
  pagesMax: number;
  calledAt: Date;
  matchedAt: Date | null;
  isPooled: boolean;
  timeZone: string;
  /** Where a visit's page is; null for whom it isn't open to. */
  visitHref: ((visitId: number) => string) | null;
}

/** How the caller came: the likeliest visit, what was seen in it, and who else it may have been. */
export function VisitCard(props: VisitCardProps) {
  const { candidates, firstTouch, pages, pagesMax, calledAt, timeZone, visitHref } = props;
  const [likeliest, ...others] = candidates;
  if (!likeliest) return <Card title="Visit">{sayNone(props)}</Card>;
  const isReturning = firstTouch !== undefined && firstTouch.visitId !== likeliest.visitId;
  return (
    <Card
      title={`Visit: ${likeliest.likelihoodPercent} % likely`}
      description={`Of all visitors who were shown this number before the call, this one most likely dialed it. ${sayWhy(likeliest, calledAt)}`}
    >
      <Stack>
        <DefinitionList
          items={[
            { term: 'Source', description: orNone(likeliest.sourceName) },
            { term: 'Medium', description: orNone(likeliest.utmMedium) },
            { term: 'Campaign', description: <span class="wrap-anywhere">{orNone(likeliest.utmCampaign)}</span> },
            { term: 'Keyword', description: orNone(likeliest.utmTerm) },
            { term: 'Landing page', description: <span class="wrap-anywhere">{likeliest.landingUrl}</span> },
            {
              term: 'Referrer',
              description: likeliest.referrer ? <span class="wrap-anywhere">{likeliest.referrer}</span> : 'None',
            },
            {
              term: 'Click id',
              description: likeliest.clickId ? (
                <span class="wrap-anywhere">
                  {likeliest.clickIdKind} {likeliest.clickId}
                </span>
              ) : (
                'None'
              ),
            },
            {
              term: 'Device',
              description: [likeliest.device, likeliest.browser].filter(Boolean).join(', ') || 'Unknown',
            },
            {
              term: 'First touch',
              description: firstTouch ? sayTouch(firstTouch) : 'Unknown',
              hint: firstTouch && <TouchHint touch={firstTouch} timeZone={timeZone} />,
            },
            {
              term: 'Last touch',
              description: isReturning ? sayTouch(likeliest) : 'The same visit',
              hint: isReturning ? <TouchHint touch={likeliest} timeZone={timeZone} /> : undefined,
            },
          ]}
        />
        {visitHref && (
          <p>
            <TextLink href={visitHref(likeliest.visitId)}>The visit, and all visits of this visitor</TextLink>
          </p>
        )}
        <section>
          <h3 class="font-medium mb-2">Pages seen before the call</h3>
          {pages.length > 0 ? (
            <PlanList label="Pages seen before the call" items={seenPages(pages, calledAt)} />
          ) : (
            <p class="text-muted-foreground">None was recorded.</p>
          )}
          {pages.length >= pagesMax && <p class="text-muted-foreground">Only the last {pagesMax} are listed.</p>}
        </section>
        {others.length > 0 && (
          <Fold id="others" title={others.length === 1 ? 'One other visit' : `${others.length} other visits`}>
            <Table
              caption="Other visits in which the number was shown"
              rows={others}
              rowKey={(each) => each.visitId}
              columns={otherColumns(timeZone, visitHref)}
            />
          </Fold>
        )}
      </Stack>
    </Card>
  );
}

const orNone = (text: string | null): string => text || 'None';

function sayNone({ callerErasedAt, matchedAt, isPooled }: VisitCardProps): string {
  if (callerErasedAt) return 'The caller was erased, so no visit is named any more.';
  if (!matchedAt) return 'The visit is still looked for. It shows here within seconds.';
  return isPooled
    ? 'None is known: the number was shown to nobody in the 30 days before the call, or its visitor was erased since, or the visit is older than visits are kept here.'
    : 'None: this number is shown to every visitor of its source, so the source is all that is known. A pool of numbers tells visitors apart.';
}

function sayWhy({ dialedAt, lastShownAt }: CandidateVisit, calledAt: Date): string {
  const seconds = (at: Date) => Math.round((calledAt.getTime() - at.getTime()) / 1000);
  if (dialedAt && seconds(dialedAt) >= 0 && seconds(dialedAt) <= 60)
    return `They pressed its link ${seconds(dialedAt)} seconds before.`;
  if (lastShownAt && seconds(lastShownAt) <= 90) return 'They had the page open.';
  return lastShownAt ? `They had the page open until ${sayBefore(lastShownAt, calledAt)} before.` : '';
}

/** "3 minutes", "2 hours", "5 days", to the nearest. */
function sayBefore(at: Date, calledAt: Date): string {
  const minutes = Math.max(1, Math.round((calledAt.getTime() - at.getTime()) / 60_000));
  const [count, unit] =
    minutes < 90
      ? [minutes, 'minute']
      : minutes < 2880
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1440), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const sayTouch = (touch: Touch): string =>
  [touch.sourceName ?? 'No source', sayAdvertisement(touch)].filter(Boolean).join(': ');

function TouchHint({ touch, timeZone }: { touch: Touch; timeZone: string }) {
  return (
    <span class="wrap-anywhere">
      <Moment at={touch.begunAt} text={formatMoment(touch.begunAt, timeZone)} />, {shortAddress(touch.landingUrl)}
    </span>
  );
}

const hourMs = 3_600_000;

/** To the second where that tells something: within the hour before the call. */
function sayAgo(at: Date, calledAt: Date): string {
  const beforeMs = calledAt.getTime() - at.getTime();
  return beforeMs < hourMs ? `− ${formatDuration(beforeMs / 1000)}` : `${sayBefore(at, calledAt)} before`;
}

const seenPages = (pages: readonly SeenPage[], calledAt: Date): PlanItem[] =>
  pages.map(({ viewedAt, url }) => ({
    when: sayAgo(viewedAt, calledAt),
    what: <span class="wrap-anywhere">{shortAddress(url)}</span>,
  }));

const otherColumns = (timeZone: string, visitHref: VisitCardProps['visitHref']): Column<CandidateVisit>[] => [
  { header: 'Likelihood', numeric: true, cell: (each) => `${each.likelihoodPercent} %` },
  {
    header: 'Began',
    main: true,
    cell: (each) => {
      const began = <Moment at={each.begunAt} text={formatMoment(each.begunAt, timeZone)} />;
      return visitHref ? <TextLink href={visitHref(each.visitId)}>{began}</TextLink> : began;
    },
  },
  {
    header: 'Source',
    wraps: true,
    cell: (each) => (
      <>
        {sayTouch(each)}
        <small class="under wrap-anywhere">{shortAddress(each.landingUrl)}</small>
      </>
    ),
  },
];
