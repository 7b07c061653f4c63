import { Tabs } from '../web/components.tsx';

const tabs = [
  { label: 'Billing', path: '' },
  { label: 'Statements', path: '/statements' },
  { label: 'Usage', path: '/usage' },
  { label: 'Budget', path: '/budget' },
] as const;

/** The pages about money, beside each other. */
export function BillingTabs({ base, current }: { base: string; current: (typeof tabs)[number]['label'] }) {
  return (
    <Tabs
      label="Billing"
      tabs={tabs.map(({ label, path }) => ({ label, href: `${base}/billing${path}`, current: label === current }))}
    />
  );
}
