import type { Option } from '../../web/components.tsx';

const common: Record<string, string> = {
  'America/New_York': 'Eastern Time (New York)',
  'America/Chicago': 'Central Time (Chicago)',
  'America/Denver': 'Mountain Time (Denver)',
  'America/Phoenix': 'Mountain Time, no daylight saving (Phoenix)',
  'America/Los_Angeles': 'Pacific Time (Los Angeles)',
  'America/Anchorage': 'Alaska Time (Anchorage)',
  'Pacific/Honolulu': 'Hawaii Time (Honolulu)',
};

/** Time zones for a select: those of the United States first, then every zone the runtime knows. */
export const timeZoneOptions: readonly Option[] = [
  ...Object.entries(common).map(([value, label]) => ({ value, label, group: 'United States' })),
  ...['UTC', ...Intl.supportedValuesOf('timeZone')]
    .filter((zone) => !(zone in common))
    .map((value) => ({ value, label: value.replaceAll('_', ' '), group: 'All zones' })),
];
