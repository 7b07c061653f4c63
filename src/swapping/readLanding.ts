/** What a landing address says of the advertisement. */
export interface Landing {
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  clickIdKind: string | null;
  clickId: string | null;
}

/** The parameters in which advertisers name a click, the more telling first. */
export const clickIdKinds = ['gclid', 'gbraid', 'wbraid', 'fbclid', 'msclkid'] as const;
const valueLengthMax = 500;

export function readLanding(landing: string): Landing {
  const query = new URL(landing).searchParams;
  // A text column holds no zero byte.
  const read = (name: string) =>
    (query.get(name) ?? '').replaceAll('\0', '').trim().slice(0, valueLengthMax).toWellFormed() || null;
  const clickIdKind = clickIdKinds.find(read) ?? null;
  return {
    utmSource: read('utm_source'),
    utmMedium: read('utm_medium'),
    utmCampaign: read('utm_campaign'),
    utmTerm: read('utm_term'),
    utmContent: read('utm_content'),
    clickIdKind,
    clickId: clickIdKind && read(clickIdKind),
  };
}
