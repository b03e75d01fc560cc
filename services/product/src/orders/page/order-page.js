// Looks an order up by its uid. What an order holds comes from outside: it is only ever set as text.
const form = document.querySelector('form');
const input = document.querySelector('#uid');
const result = document.querySelector('#result');
const said = document.querySelector('#said');

const uidPattern = /^[A-Za-z0-9_-]{1,64}$/;
const timeoutMs = 15_000;
let latest = 0;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const uid = input.value.trim();
  const url = uid === '' ? '/' : `/?${new URLSearchParams({ order_uid: uid })}`;
  if (location.pathname + location.search !== url) history.pushState(null, '', url);
  void show(uid);
});
addEventListener('popstate', showAddress);

function showAddress() {
  const uid = new URLSearchParams(location.search).get('order_uid') ?? '';
  input.value = uid;
  if (uid === '') {
    latest += 1;
    input.removeAttribute('aria-invalid');
    answer([]);
    setTitle();
    input.focus();
  } else void show(uid);
}

/** A later search wins, whichever answer comes first. */
async function show(uid) {
  const turn = ++latest;
  const isUid = uidPattern.test(uid);
  setTitle(uid);
  input.setAttribute('aria-invalid', String(!isUid));
  if (!isUid)
    return answer(
      notice('This is not an order number', 'It has 1 to 64 letters, digits, hyphens or underscores.'),
    );
  result.setAttribute('aria-busy', 'true');
  const content = await find(uid).catch(() =>
    notice('The shop cannot be reached', 'Check the connection and try again in a moment.'),
  );
  if (turn === latest) answer(content);
}

/** Shows the content, and has a screen reader say its first part: a whole order would be too much. */
function answer(content) {
  const parts = [content].flat();
  result.setAttribute('aria-busy', 'false');
  result.replaceChildren(...parts);
  said.textContent = parts[0]?.dataset.said ?? '';
}

async function find(uid) {
  const [found, state] = await Promise.all([
    get(`/order/${uid}`),
    get(`/api/v1/orders/${uid}/status`).catch(() => undefined),
  ]);
  if (found.status === 404)
    return notice(
      'There is no such order',
      `No order has the number ${uid}. Check it for a typing error.`,
      'plain',
    );
  if (!found.ok)
    return notice(
      'The order cannot be shown now',
      `The shop answered ${found.status}. Try again in a moment.`,
    );
  const order = await found.json();
  return orderView(order, state?.ok ? await state.json() : undefined);
}

const get = (path) =>
  fetch(path, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(timeoutMs) });

function orderView(order, state) {
  const top = section(
    element('div', 'top', [element('h2', '', order.order_uid), element('div', 'marks', marks(state))]),
    ...(steps.includes(state?.status) ? [progress(state.status)] : []),
    list([
      ['Placed', time(Date.parse(order.date_created))],
      ['Track number', order.track_number],
      ['Customer', order.customer_id],
      ['Carrier', order.delivery_service],
    ]),
  );
  const marked = marks(state).map((mark) => mark.textContent);
  top.dataset.said = `Order ${order.order_uid}: ${marked.join(', ')}, ${count(order.items)}`;
  return [
    top,
    element('div', 'columns', [deliveryView(order.delivery), paymentView(order.payment)]),
    itemsView(order, state),
  ];
}

const steps = ['created', 'paid', 'shipped', 'delivered'];
const kinds = { delivered: 'good', shipped: 'good', paid: 'good', cancelled: 'bad' };

function marks(state) {
  if (!state) return [element('span', 'mark', 'status unknown')];
  const status = element('span', `mark ${kinds[state.status] ?? ''}`, state.status);
  return state.backordered ? [status, element('span', 'mark warn', 'backordered')] : [status];
}

/** How far the order has come. The mark beside its number says the same in words. */
function progress(status) {
  const reached = steps.indexOf(status);
  const node = element(
    'ol',
    'steps',
    steps.map((step, index) => element('li', index <= reached ? 'reached' : '', step)),
  );
  node.setAttribute('aria-hidden', 'true');
  return node;
}

const count = (items) => (items.length === 1 ? '1 item' : `${items.length} items`);

function deliveryView({ name, phone, email, address, city, zip, region }) {
  return section(
    element('h2', '', 'Delivery'),
    list([
      ['Name', name],
      ['Address', address],
      ['City', `${zip} ${city}`],
      ['Region', region],
      ['Phone', phone],
      ['E-mail', email],
    ]),
  );
}

function paymentView(payment) {
  const money = moneyIn(payment.currency);
  const rows = [
    ['Goods', money(payment.goods_total)],
    ['Delivery', money(payment.delivery_cost)],
    ...(payment.custom_fee > 0 ? [['Customs', money(payment.custom_fee)]] : []),
  ];
  const total = element('div', 'total', [
    element('dt', '', 'Total'),
    element('dd', 'number', money(payment.amount)),
  ]);
  return section(
    element('h2', '', ['Payment ', element('span', 'detail', `in ${payment.currency}`)]),
    element('dl', '', [
      ...rows.flatMap(([name, value]) => [element('dt', '', name), element('dd', 'number', value)]),
      total,
    ]),
    element(
      'p',
      'detail',
      `Paid with ${payment.provider} (${payment.bank}), ${time(payment.payment_dt * 1_000)}`,
    ),
    element('p', 'detail', `Transaction ${payment.transaction}`),
  );
}

function itemsView({ items, payment }, state) {
  const money = moneyIn(payment.currency);
  const head = ['Item', 'Price', 'Sale', 'Quantity', 'Total'];
  const rows = items.map((item, index) => {
    const missing = state?.items?.[index]?.backordered_quantity ?? 0;
    const details = [
      item.brand,
      item.size === '0' ? '' : `size ${item.size}`,
      `no. ${item.sku ?? item.nm_id}`,
    ];
    return element('tr', '', [
      element('td', '', [
        element('div', 'item', item.name),
        element('div', 'detail', details.filter(Boolean).join(' · ')),
        ...(missing > 0
          ? [element('div', 'short', `${missing} of ${item.quantity ?? 1} on back order`)]
          : []),
      ]),
      cell(
        head[1],
        item.unit_price_minor === undefined
          ? money(item.price)
          : moneyIn(
              payment.currency,
              minorDecimals(payment.currency),
            )(item.unit_price_minor / 10 ** minorDecimals(payment.currency)),
      ),
      cell(head[2], item.sale > 0 ? `${item.sale} %` : '–'),
      cell(head[3], String(item.quantity ?? 1)),
      cell(head[4], money(item.total_price)),
    ]);
  });
  return section(
    element('h2', '', count(items)),
    element('table', '', [
      element('thead', '', [
        element(
          'tr',
          '',
          head.map((name, index) => heading(name, index > 0 ? 'number' : '')),
        ),
      ]),
      element('tbody', '', rows),
    ]),
  );
}

const heading = (name, kind) => {
  const node = element('th', kind, name);
  node.scope = 'col';
  return node;
};

const cell = (label, text) => {
  const node = element('td', 'number', text);
  node.dataset.label = label;
  return node;
};

const section = (...content) => element('section', '', content);

const list = (rows) =>
  element(
    'dl',
    '',
    rows.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]),
  );

const notice = (title, text, kind = '') => {
  const node = element('div', `notice ${kind}`, [element('strong', '', title), element('p', '', text)]);
  node.dataset.said = `${title}. ${text}`;
  return node;
};

/** Content is text, or elements. */
function element(tag, className, content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...[content].flat());
  return node;
}

/** Of prices in minor units: hundredths, or thousandths where the currency has them. */
const minorDecimals = (currency) => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return Math.max(2, format.resolvedOptions().maximumFractionDigits);
};

/** Amounts of an order are whole units of its currency. */
const moneyIn = (currency, decimals = 0) => {
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (amount) => format.format(amount);
};

function time(ms) {
  const text = new Date(ms).toLocaleString('en', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
  return `${text} UTC`;
}

function setTitle(uid) {
  document.title = uid ? `Order ${uid} · Souk` : 'Souk · find an order';
}

// Last, when everything above is defined.
showAddress();
