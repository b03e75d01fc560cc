/**
 * An order of one item, as a shop sends it.
 *
 * @param {{ run: string, customerId: string, sku: string, quantity: number, unitPrice: number }} given
 *   unitPrice: whole units of the currency
 */
export const sampleOrder = ({ run, customerId, sku, quantity, unitPrice }) => ({
  order_uid: `smoke-${run}`,
  track_number: 'SMOKETRACK',
  entry: 'WEB',
  delivery: {
    name: 'Ada Smoke',
    phone: '+15550100',
    zip: '10001',
    city: 'New York',
    address: '1 Example Street',
    region: 'NY',
    email: 'smoke@example.com',
  },
  payment: {
    transaction: `smoke-${run}`,
    request_id: '',
    currency: 'USD',
    provider: 'examplepay',
    amount: quantity * unitPrice,
    payment_dt: Math.floor(Date.now() / 1_000),
    bank: 'example',
    delivery_cost: 0,
    goods_total: quantity * unitPrice,
    custom_fee: 0,
  },
  items: [
    {
      chrt_id: 1,
      track_number: 'SMOKETRACK',
      price: unitPrice,
      rid: `smoke-${run}-1`,
      name: `Lamp ${run}`,
      sale: 0,
      size: '0',
      total_price: quantity * unitPrice,
      nm_id: 1,
      brand: 'Smoke',
      status: 202,
      sku,
      quantity,
    },
  ],
  locale: 'en',
  internal_signature: '',
  customer_id: customerId,
  delivery_service: 'post',
  shardkey: '1',
  sm_id: 1,
  date_created: new Date().toISOString(),
  oof_shard: '1',
});
