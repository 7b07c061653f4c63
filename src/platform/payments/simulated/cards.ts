/** A test card: picked by its name on the provider's page, so that nobody ever types a number. */
export type TestCard = {
  name: string;
  /** What it does, for whoever picks it. */
  does: string;
  brand: string;
  last4: string;
  /** Why every payment with it is declined. */
  declineCode?: string;
  needsAuthentication?: boolean;
  /** Takes the money of a first attempt and never answers it. */
  losesAnswer?: boolean;
  /** Tells us of everything twice. */
  tellsTwice?: boolean;
  /** Its holder's bank takes every payment back. */
  isDisputed?: boolean;
};

export const testCards: Readonly<Record<string, TestCard>> = {
  visa: { name: 'Visa that pays', does: 'Every payment succeeds.', brand: 'visa', last4: '4242' },
  mastercard: { name: 'Mastercard that pays', does: 'Every payment succeeds.', brand: 'mastercard', last4: '4444' },
  'insufficient-funds': {
    name: 'Visa without enough money',
    does: 'Every payment is declined: insufficient funds.',
    brand: 'visa',
    last4: '9995',
    declineCode: 'insufficient_funds',
  },
  expired: {
    name: 'Visa that has expired',
    does: 'Every payment is declined: expired.',
    brand: 'visa',
    last4: '0069',
    declineCode: 'expired_card',
  },
  'needs-authentication': {
    name: 'Visa whose bank asks first',
    does: 'The bank wants to know that it is you; without you there it declines.',
    brand: 'visa',
    last4: '3155',
    needsAuthentication: true,
  },
  'times-out': {
    name: 'Visa that times out',
    does: 'Takes the money and does not answer; asked again, it says so.',
    brand: 'visa',
    last4: '6975',
    losesAnswer: true,
  },
  'answers-twice': {
    name: 'Mastercard that answers twice',
    does: 'Every payment succeeds, and is told twice.',
    brand: 'mastercard',
    last4: '5100',
    tellsTwice: true,
  },
  disputed: {
    name: 'Visa that is disputed',
    does: 'Pays; then the bank takes it back, since its holder says that it was not them.',
    brand: 'visa',
    last4: '0259',
    isDisputed: true,
  },
};

const sentences: Readonly<Record<string, string>> = {
  insufficient_funds: 'The card does not have enough money on it.',
  expired_card: 'The card has expired.',
  authentication_required: 'The bank wants the card’s holder to be there and agree.',
  authentication_failed: 'The bank was not sure that it is you.',
  abandoned: 'Nobody went on to the bank in time.',
};

export const declineSentenceFor = (code: string): string => sentences[code] ?? 'The card was declined.';
