import type { MessageRow } from '../server/kafka/shown-message.ts';

/** What the console sends a live view: so many messages, the newest last, in one answer that is not asked for again. */
export const tailOf = (messages: number): string => {
  const rows = Array.from(
    { length: messages },
    (_, offset): MessageRow => ({
      ...{ topic: 'orders', partition: 0, offset, bytes: 900, is_masked: false, id: null },
      at: new Date(Date.UTC(2026, 1, 3) + offset).toISOString(),
      key: `order-${offset}`,
      type: null,
      text: `{"order_uid":"order-${offset}","entry":"WEB"}`,
    }),
  );
  const state = JSON.stringify({ state: 'following' });
  return `retry: 86400000\nevent: state\ndata: ${state}\n\nevent: rows\ndata: ${JSON.stringify(rows)}\n\n`;
};
