const sentences: Record<string, string> = {
  canceled: 'The account is canceled.',
  released: 'The number is released.',
  stopped: 'Incoming calls are stopped.',
  'no funds': 'There are no funds: the available balance was used up, and nobody topped it up in time.',
  'no receiving number': 'The number has no receiving number yet.',
};

/** Why a call was refused, as a sentence for the log; what its caller hears is the account's own text. */
export const sayRefusal = (why: string): string => sentences[why] ?? why;
