import type { SourceRules } from '../../rules/sources.ts';
import { orNull } from '../../web/read.ts';
import type { SourceWish } from './store.ts';

/** Names with commas or spaces between them. */
export const namesOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))].slice(0, 50);

/** What a source's form says of it. */
export function wishOf(field: (name: string) => string): SourceWish {
  const rules: SourceRules = {
    referrerPattern: orNull(field('referrerPattern')),
    landingPattern: orNull(field('landingPattern')),
    notReferrerPattern: orNull(field('notReferrerPattern')),
    notLandingPattern: orNull(field('notLandingPattern')),
    utmSource: orNull(field('utmSource')),
    utmMedium: orNull(field('utmMedium')),
    utmCampaign: orNull(field('utmCampaign')),
    clickIds: namesOf(field('clickIds')),
  };
  return {
    ...rules,
    name: field('name'),
    description: orNull(field('description')),
    isOnsite: field('where') !== 'offsite',
    isLastTouch: field('touch') === 'last',
    position: null,
  };
}
