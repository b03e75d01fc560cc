/** What ids look like: of users, products and events, and of orders. */
export const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
export const orderUid = /^[\w-]{1,64}$/;
