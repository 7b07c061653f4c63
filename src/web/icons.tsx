/* Drawn for this product on a 16-pixel grid, one stroke: always beside words, so always hidden from screen readers. */

const strokes = {
  account: 'M2.5 13.5v-9l5-2v11M7.5 6h6v7.5M1.5 13.5h13M5 5.5v.01M5 8v.01M5 10.5v.01M10.5 8.5v.01M10.5 11v.01',
  agency:
    'M5.5 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5M1.5 13c0-2 1.8-3.5 4-3.5s4 1.5 4 3.5M10.5 3.2a2.2 2.2 0 0 1 0 4.1M11.5 9.7c1.8.3 3 1.6 3 3.3',
  attention: 'M8 2 1.5 13.5h13zM8 6.5v3M8 11.5v.01',
  back: 'M10 3 5 8l5 5',
  billing: 'M1.5 4.5a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1zM1.5 6.5h13M4 10h2.5',
  calls:
    'M3 2.5h2.6l1.1 3-1.6 1.1a8 8 0 0 0 4.3 4.3l1.1-1.6 3 1.1V13a1 1 0 0 1-1 1A10.5 10.5 0 0 1 2 3.5a1 1 0 0 1 1-1M10 2.5v4h4M14 2.5l-4 4',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  chevronDown: 'm4 6 4 4 4-4',
  chevronRight: 'm6 4 4 4-4 4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 5v3.2l2 1.3',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M5.5 5.5h7a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1zM10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2',
  download: 'M8 2.5v7.5M4.8 7.2 8 10.4l3.2-3.2M2.5 13.5h11',
  exhausted: 'M2 5.5a1 1 0 0 1 1-1h9.5a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zM4 4.5l6.5-2v2M10.5 8.8h.01',
  filter: 'M2 4h12M4.5 8h7M6.5 12h3',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M6.3 6.2a1.8 1.8 0 1 1 2.5 1.9c-.5.3-.8.6-.8 1.2M8 11.4v.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 7.5v3.4M8 5.2v.01',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  menu: 'M2 4.5h12M2 8h12M2 11.5h12',
  numbers: 'M6 2.5 4.5 13.5M11.5 2.5 10 13.5M2.5 5.8h11.3M2.2 10.2h11.3',
  operations: 'M2 8h3l1.8-5 2.6 10L11.2 8H14',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  person: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8M2.8 13.8c.3-2.3 2.5-3.8 5.2-3.8s4.9 1.5 5.2 3.8',
  play: 'M4.5 3v10l8-5z',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.6 10.6 14 14',
  settings: 'M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M6 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  signOut: 'M6.5 2.5h-3a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3M10.5 5l3 3-3 3M13.3 8H6.5',
  stop: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M3.8 3.8l8.4 8.4',
  ticket:
    'M1.5 4.5a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1V6a2 2 0 0 0 0 4v1.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V10a2 2 0 0 0 0-4zM9.5 3.5v1.6M9.5 7.2v1.6M9.5 10.9v1.6',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6',
} as const;

export type IconName = keyof typeof strokes;

export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 14 | 16 | 20 | 24 }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width={size >= 20 ? 1.2 : 1.5}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={strokes[name]} />
    </svg>
  );
}

/** The mark of the product: a handset resting on its hook. */
export function Mark() {
  return (
    <svg class="mark" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="24" height="24" rx="6.5" />
      <path
        class="mark-handset"
        d="M4.8 10.3C5.5 7.6 8.5 6 12 6s6.500 1.600 7.200 4.300c.2.800-.4 1.500-1.200 1.500h-1.900c-.7 0-1.200-.5-1.300-1.200l-.1-.7c-.8-.3-1.700-.4-2.700-.4s-1.900.1-2.700.4l-.1.7c-.1.7-.6 1.200-1.300 1.200H6c-.8 0-1.400-.7-1.200-1.500z"
      />
      <path class="mark-hook" d="M12 12.500v3M8 18h8M9.500 15.500h5" />
    </svg>
  );
}
