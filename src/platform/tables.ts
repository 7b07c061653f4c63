// Printed from the catalog by `npm run generate`. Whole numbers named …_micros are money: bigint.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

type Json = object | string | number | boolean;

export interface Tables {
  account: {
    accountId: Generated<number>;
    agencyId: number | null;
    name: string;
    timeZone: string;
    website: string | null;
    payer: string;
    refusalMessage: string;
    createdAt: Date;
    billedAt: Date | null;
  };
  agency: {
    agencyId: Generated<number>;
    name: string;
    timeZone: string;
    createdAt: Date;
    billedAt: Date | null;
  };
  agencyClosure: {
    agencyId: number;
    agencyClosureId: GeneratedAlways<number>;
    closedAt: Date;
    closedBy: string;
    closedByRole: string;
    reason: string | null;
    why: string | null;
    numbersRestorableUntil: Date;
    reactivatableUntil: Date;
    refundableUntil: Date;
    policyVersion: number;
    planHash: string;
    carriedOutAt: Date | null;
    reactivatedAt: Date | null;
    reactivatedBy: string | null;
  };
  agencySwitch: {
    agencyId: number;
    switchId: GeneratedAlways<number>;
    kind: string;
    turnedAt: Date;
    turnedBy: string;
    why: string | null;
    resumedAt: Date | null;
    resumedBy: string | null;
  };
  arrears: {
    ownerId: number;
    arrearsId: GeneratedAlways<number>;
    beganAt: Date;
    noFundsFrom: Date;
    policyVersion: number;
    endedAt: Date | null;
    endedBecause: string | null;
  };
  autoRecharge: {
    ownerId: number;
    isOn: boolean;
    thresholdMicros: bigint;
    amountMicros: bigint;
    setAt: Date;
    setBy: string;
    roundBeganAt: Date | null;
    roundsFailed: Generated<number>;
    nextRoundAt: Date | null;
  };
  budget: {
    ownerId: number;
    subjectId: number;
    monthlyMicros: bigint;
    levels: number[];
    setAt: Date;
    setBy: string;
    lookAt: Date;
  };
  budgetAlert: {
    ownerId: number;
    subjectId: number;
    month: string;
    level: number;
    monthlyMicros: bigint;
    spentMicros: bigint;
    reachedAt: Date;
  };
  call: {
    accountId: number;
    callId: GeneratedAlways<number>;
    sid: string;
    carrierCallSid: string;
    trackingNumberId: number;
    trackingSourceId: number | null;
    callerNumber: string;
    callerCity: string | null;
    callerRegion: string | null;
    receivingNumber: string | null;
    calledAt: Date;
    refusedBecause: string | null;
    status: string;
    answeredAt: Date | null;
    endedAt: Date | null;
    durationSeconds: number | null;
    ringSeconds: number | null;
    talkSeconds: number | null;
    payerId: number;
    matchedAt: Date | null;
    isFirst: boolean | null;
    callerErasedAt: Date | null;
  };
  callEvent: {
    accountId: number;
    callId: number;
    leg: string;
    sequenceNumber: number;
    status: string;
    at: Date;
    durationSeconds: number | null;
  };
  callVisit: {
    accountId: number;
    callId: number;
    visitId: number;
    rank: number;
    likelihoodPercent: number;
  };
  card: {
    ownerId: number;
    cardId: GeneratedAlways<number>;
    provider: string;
    providerCustomerId: string;
    providerMethodId: string;
    brand: string;
    last4: string;
    expiresMonth: number;
    expiresYear: number;
    position: number;
    addedAt: Date;
    addedBy: string;
    removedAt: Date | null;
    removedBy: string | null;
    forgottenAt: Date | null;
  };
  carrierCommand: {
    commandId: GeneratedAlways<number>;
    accountId: number;
    trackingNumberId: number;
    kind: string;
    idempotencyKey: string;
    orderedAt: Date;
    attempts: Generated<number>;
    nextAttemptAt: Date;
    leasedUntil: Date | null;
    doneAt: Date | null;
    failedAt: Date | null;
    lastError: string | null;
  };
  charge: {
    ownerId: number;
    chargeId: GeneratedAlways<number>;
    cause: string;
    causeKey: string;
    at: Date;
    description: string;
    trackingNumberId: number | null;
    callId: number | null;
    quantity: Generated<number>;
    amountMicros: bigint;
    payerId: number;
    settledAt: Date | null;
    unitMicros: bigint;
  };
  clock: {
    onlyRow: Generated<boolean>;
    offsetMs: Generated<number>;
  };
  closure: {
    accountId: number;
    closureId: GeneratedAlways<number>;
    closedAt: Date;
    closedBy: string;
    closedByRole: string;
    why: string | null;
    numbersRestorableUntil: Date;
    reactivatableUntil: Date;
    refundableUntil: Date;
    policyVersion: number;
    planHash: string;
    reactivatedAt: Date | null;
    reactivatedBy: string | null;
    agencyClosureId: number | null;
  };
  credential: {
    id: string;
    personId: string;
    providerId: string;
    providerPersonId: string;
    passwordHash: string | null;
    accessToken: string | null;
    refreshToken: string | null;
    idToken: string | null;
    accessTokenExpiresAt: Date | null;
    refreshTokenExpiresAt: Date | null;
    scope: string | null;
    createdAt: Date;
    updatedAt: Date;
  };
  deed: {
    ownerId: number;
    deedId: GeneratedAlways<number>;
    at: Date;
    personId: string;
    role: string;
    action: string;
    idempotencyKey: string;
    inputHash: string;
    detail: ColumnType<Json, string, string>;
    answer: ColumnType<Json, string, string>;
  };
  houseSetting: {
    settingKey: string;
    settingValue: string;
    setAt: Date;
  };
  invitation: {
    invitationId: GeneratedAlways<number>;
    ownerId: number;
    email: string;
    role: string | null;
    tokenHash: string;
    invitedBy: string;
    invitedAt: Date;
    expiresAt: Date;
    acceptedAt: Date | null;
    acceptedBy: string | null;
    withdrawnAt: Date | null;
  };
  mail: {
    mailId: GeneratedAlways<number>;
    toName: string;
    toAddress: string;
    subject: string;
    bodySealed: Buffer | null;
    queuedAt: Date;
    nextAttemptAt: Date;
    attempts: Generated<number>;
    lastError: string | null;
    sentAt: Date | null;
    givenUpAt: Date | null;
  };
  membership: {
    personId: string;
    ownerId: number;
    role: string;
    grantedAt: Date;
    grantedBy: string | null;
    isOwner: Generated<boolean>;
  };
  migration: {
    name: string;
    ranAt: Generated<Date>;
  };
  numberDirectory: {
    phoneNumber: string;
    accountId: number;
    trackingNumberId: number;
    returnedAt: Date | null;
  };
  numberPool: {
    accountId: number;
    trackingSourceId: number;
    createdAt: Date;
  };
  numberTarget: {
    accountId: number;
    trackingNumberId: number;
    targetNumberId: number;
  };
  pageView: {
    accountId: number;
    pageViewId: GeneratedAlways<number>;
    visitId: number;
    viewedAt: Date;
    url: string;
  };
  payerOffer: {
    accountId: number;
    payerOfferId: GeneratedAlways<number>;
    agencyId: number;
    payer: string;
    planCode: string | null;
    note: string | null;
    tokenHash: string | null;
    offeredSide: string;
    offeredBy: string;
    offeredAt: Date;
    expiresAt: Date;
    endedAt: Date | null;
    endedBy: string | null;
    outcome: string | null;
  };
  payment: {
    ownerId: number;
    paymentId: GeneratedAlways<number>;
    cardId: number;
    brand: string;
    last4: string;
    amountMicros: bigint;
    currency: string;
    cause: string;
    idempotencyKey: string;
    billingUrl: string | null;
    askedAt: Date;
    askedBy: string | null;
    attempts: Generated<number>;
    nextAttemptAt: Date;
    lastError: string | null;
    providerPaymentId: string | null;
    authenticateUrl: string | null;
    succeededAt: Date | null;
    failedAt: Date | null;
    failureCode: string | null;
    failure: string | null;
  };
  paymentSetup: {
    ownerId: number;
    setupId: string;
    openedAt: Date;
    openedBy: string;
    endedAt: Date | null;
  };
  person: {
    id: string;
    name: string;
    email: string;
    emailVerified: Generated<boolean>;
    image: string | null;
    createdAt: Date;
    updatedAt: Date;
    secondFactorEnabled: Generated<boolean>;
  };
  plan: {
    planCode: string;
    name: string;
    kind: string;
    currency: string;
    position: number;
  };
  planFeature: {
    planCode: string;
    feature: string;
  };
  planPrice: {
    planCode: string;
    version: number;
    effectiveFrom: Date;
    monthlyFeeMicros: bigint;
    localNumberMicros: bigint;
    tollFreeNumberMicros: bigint;
    minuteInMicros: bigint;
    tollFreeMinuteInMicros: bigint;
    minuteOutMicros: bigint;
    recordingMinuteMicros: bigint;
    transcriptionMinuteMicros: bigint;
    includedMinutes: number;
    creditsUnusedTime: boolean;
    setAt: Date;
    setBy: string | null;
  };
  poolAssignment: {
    accountId: number;
    trackingNumberId: number;
    visitorId: number;
    assignedAt: Date;
    lastShownAt: Date;
  };
  posting: {
    ownerId: number;
    postingId: GeneratedAlways<number>;
    at: Date;
    debit: string;
    credit: string;
    amountMicros: bigint;
    cause: string;
    causeKey: string;
    description: string;
    reversesPostingId: number | null;
  };
  receivingNumber: {
    accountId: number;
    receivingNumberId: GeneratedAlways<number>;
    sid: string;
    phoneNumber: string;
    name: string | null;
    createdAt: Date;
  };
  refund: {
    ownerId: number;
    refundId: GeneratedAlways<number>;
    closureId: number;
    ticketId: number;
    currency: string;
    requestedAt: Date;
    requestedBy: string;
    requestedByRole: string;
    requestedMicros: bigint;
    approvedAt: Date | null;
    approvedBy: string | null;
    amountMicros: bigint | null;
    declinedAt: Date | null;
    declinedBy: string | null;
    declineReason: string | null;
  };
  refundPart: {
    ownerId: number;
    refundPartId: GeneratedAlways<number>;
    refundId: number;
    paymentId: number | null;
    payee: string | null;
    amountMicros: bigint;
    replacesPartId: number | null;
    orderedAt: Date;
    orderedBy: string;
    idempotencyKey: string;
    attempts: Generated<number>;
    nextAttemptAt: Date | null;
    leasedUntil: Date | null;
    lastError: string | null;
    providerRefundId: string | null;
    paidAt: Date | null;
    paidBy: string | null;
    reference: string | null;
    failedAt: Date | null;
    failure: string | null;
  };
  release: {
    accountId: number;
    releaseId: GeneratedAlways<number>;
    trackingNumberId: number;
    releasedAt: Date;
    releasedBy: string;
    closureId: number | null;
    restorableUntil: Date;
    restoredAt: Date | null;
    restoredBy: string | null;
    returnOrderedAt: Date | null;
    returnedAt: Date | null;
  };
  reminder: {
    ownerId: number;
    arrearsId: number;
    day: number;
    dueAt: Date;
    sentAt: Date | null;
  };
  secondFactor: {
    id: string;
    personId: string;
    secret: string;
    recoveryCodes: string;
    verified: Generated<boolean>;
    failedCount: Generated<number>;
    lockedUntil: Date | null;
  };
  seenSite: {
    accountId: number;
    host: string;
    firstSeenAt: Date;
    lastSeenAt: Date;
    pageUrl: string;
  };
  session: {
    id: string;
    personId: string;
    tokenHash: string;
    expiresAt: Date;
    ipAddress: string | null;
    userAgent: string | null;
    createdAt: Date;
    updatedAt: Date;
  };
  showing: {
    accountId: number;
    visitId: number;
    trackingNumberId: number;
    firstShownAt: Date;
    lastShownAt: Date;
    pageUrl: string;
    dialedAt: Date | null;
  };
  staff: {
    personId: string;
    role: string;
    grantedAt: Date;
  };
  subscription: {
    ownerId: number;
    planCode: string;
    anchor: Date;
    paidUntil: Date;
    endedAt: Date | null;
  };
  subscriptionMonth: {
    ownerId: number;
    beganAt: Date;
    endsAt: Date;
    planCode: string;
    priceVersion: number;
    paidMicros: bigint;
    includedMinutes: number;
    includedMinutesUsed: Generated<number>;
  };
  swappingSettings: {
    accountId: number;
    cookieDays: Generated<number>;
    storage: Generated<string>;
    respectsSignals: Generated<boolean>;
    addressKept: Generated<string>;
    visitsKeptDays: Generated<number>;
  };
  switch: {
    accountId: number;
    switchId: GeneratedAlways<number>;
    trackingNumberId: number | null;
    kind: string;
    turnedAt: Date;
    turnedBy: string;
    why: string | null;
    resumedAt: Date | null;
    resumedBy: string | null;
  };
  targetNumber: {
    accountId: number;
    targetNumberId: GeneratedAlways<number>;
    sid: string;
    phoneNumber: string;
    name: string | null;
    createdAt: Date;
    removedAt: Date | null;
  };
  ticket: {
    ownerId: number;
    ticketId: GeneratedAlways<number>;
    kind: string;
    step: string | null;
    lastRefusal: string | null;
    subject: string;
    openedBy: string;
    openedByRole: string;
    openedAt: Date;
    state: Generated<string>;
    closedAt: Date | null;
    closedBy: string | null;
  };
  ticketMessage: {
    ownerId: number;
    ticketId: number;
    messageId: GeneratedAlways<number>;
    at: Date;
    by: string;
    fromStaff: boolean;
    body: string;
  };
  trackingNumber: {
    accountId: number;
    trackingNumberId: GeneratedAlways<number>;
    sid: string;
    phoneNumber: string;
    kind: string;
    name: string | null;
    trackingSourceId: number | null;
    receivingNumberId: number | null;
    carrier: string;
    carrierNumberId: string | null;
    requestedAt: Date;
    boughtAt: Date | null;
    failedAt: Date | null;
    failure: string | null;
    renewalAnchor: Date | null;
    paidUntil: Date | null;
  };
  trackingSource: {
    accountId: number;
    trackingSourceId: GeneratedAlways<number>;
    sid: string;
    name: string;
    createdAt: Date;
    description: string | null;
    position: Generated<number>;
    isOnsite: Generated<boolean>;
    referrerPattern: string | null;
    landingPattern: string | null;
    notReferrerPattern: string | null;
    notLandingPattern: string | null;
    utmSource: string | null;
    utmMedium: string | null;
    utmCampaign: string | null;
    clickIds: Generated<string[]>;
    isLastTouch: Generated<boolean>;
    removedAt: Date | null;
  };
  verification: {
    id: string;
    identifier: string;
    value: string;
    expiresAt: Date;
    createdAt: Date;
    updatedAt: Date;
  };
  visit: {
    accountId: number;
    visitId: GeneratedAlways<number>;
    sid: string;
    visitorId: number;
    begunAt: Date;
    lastSeenAt: Date;
    trackingSourceId: number | null;
    referrer: string | null;
    landingUrl: string;
    pageUrl: string;
    pageCount: Generated<number>;
    utmSource: string | null;
    utmMedium: string | null;
    utmCampaign: string | null;
    utmTerm: string | null;
    utmContent: string | null;
    clickIdKind: string | null;
    clickId: string | null;
    device: string | null;
    browser: string | null;
    address: string | null;
  };
  visitor: {
    accountId: number;
    visitorId: GeneratedAlways<number>;
    sid: string;
    firstSeenAt: Date;
    lastSeenAt: Date;
  };
  wallet: {
    ownerId: number;
    currency: string;
    availableMicros: Generated<bigint>;
  };
}
