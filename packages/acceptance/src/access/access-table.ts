import type { Role, Scope } from '@souk/contracts/access.ts';

/** Who may call an operation. Kept by hand, beside what the routes declare: a rule changes in two places or not at all. */
export interface Row {
  operations: readonly string[];
  /** Nothing else counts then. */
  anyone?: true;
  roles?: readonly Role[];
  scope?: Scope;
  /** Customers may, too, about what is their own. */
  own?: true;
  /** Anyone may without this field of the query. */
  anyoneWithout?: string;
}

export const accessTable: readonly Row[] = [
  {
    operations: [
      ...[
        'getLiveness',
        'getReadiness',
        'registerUser',
        'logIn',
        'refreshTokens',
        'logOut',
        'logOutEverywhere',
        'exchangeApiKey',
        'askForNewPassword',
        'setNewPassword',
      ],
      ...[
        'getPublicKeys',
        'receivePayment',
        'listProducts',
        'getProduct',
        'similarProducts',
        'recommendForBasket',
      ],
    ],
    anyone: true,
  },
  // Without user_id they are about nobody: anyone may.
  {
    operations: ['recommend'],
    roles: ['staff', 'admin'],
    scope: 'users:read',
    own: true,
    anyoneWithout: 'user_id',
  },
  { operations: ['listUsers'], roles: ['staff', 'admin'], scope: 'users:read' },
  {
    operations: ['getUser', 'getEvent', 'listEvents', 'getUserFigures', 'recommendForUser'],
    roles: ['staff', 'admin'],
    scope: 'users:read',
    own: true,
  },
  {
    operations: ['updateUser', 'deleteUser', 'replaceCart', 'checkOut', 'getCheckout'],
    roles: ['admin'],
    scope: 'users:write',
    own: true,
  },
  { operations: ['recordEvent'], roles: ['admin'], scope: 'events:write', own: true },
  { operations: ['recordEvents'], roles: ['admin'], scope: 'events:write' },
  {
    operations: ['createProduct', 'updateProduct', 'deleteProduct', 'upsertProducts'],
    roles: ['staff', 'admin'],
    scope: 'catalogue:write',
  },
  { operations: ['listStuckOrders'], roles: ['staff', 'admin'], scope: 'orders:read' },
  { operations: ['placeOrder'], roles: ['admin'], scope: 'orders:write' },
  {
    operations: ['getOrder', 'getOrderStatus', 'listOrders'],
    roles: ['staff', 'admin'],
    scope: 'orders:read',
    own: true,
  },
  {
    operations: ['moveOrder', 'cancelOrder'],
    roles: ['staff', 'admin'],
    scope: 'orders:fulfil',
    own: true,
  },
  {
    operations: ['moveOrders', 'returnOrder', 'noteRefund'],
    roles: ['staff', 'admin'],
    scope: 'orders:fulfil',
  },
  {
    operations: [
      ...[
        'getStats',
        'getSummary',
        'listTopProducts',
        'getProductSeries',
        'getActiveUsers',
        'getEventSeries',
      ],
      ...['getExperiment', 'getFunnel', 'listCohorts', 'streamSummary'],
      ...['explainRecommendation', 'explainBasketRecommendation', 'whatIfRecommendations'],
    ],
    roles: ['analyst', 'admin'],
    scope: 'analytics:read',
  },
  {
    operations: ['createApiKey', 'listApiKeys', 'revokeApiKey', 'listAudit', 'getOutboxEvent'],
    roles: ['admin'],
  },
  {
    operations: [...['getHealth', 'getMetrics', 'getConfiguration', 'listPositions', 'getDeadLetter']],
    roles: ['admin'],
    scope: 'ops:read',
  },
];

export const rowOf = (operation: string): Row => {
  const row = accessTable.find(({ operations }) => operations.includes(operation));
  if (!row) throw new Error(`${operation} is not in the table of who may do what: add it to access-table.ts`);
  return row;
};
