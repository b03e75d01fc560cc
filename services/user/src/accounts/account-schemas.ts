import { Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import type { Account } from './account.ts';
import { cartItemsMax, cartQuantityMax } from './cart.ts';

export const emailLengthMax = 254;
const namePartLengthMax = 100;
const passwordLengthMin = 8;
const newPasswordLengthMax = 256;
/** Older ones may be this long. */
export const passwordLengthMax = 1_000;

const notBlank = '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$';
const email = Type.String({
  maxLength: emailLengthMax,
  // Each part excludes what ends it, so that no text takes more than one pass.
  pattern: '^\\s*[^\\s@\\u0000]+@[^\\s@.\\u0000]+(\\.[^\\s@.\\u0000]+)+\\s*$',
  description: 'unique, whatever the case of its letters; without invisible characters',
});

export const newPassword = Type.String({
  minLength: passwordLengthMin,
  maxLength: newPasswordLengthMax,
  writeOnly: true,
  description:
    'none of those that are used most, nor the e-mail or the name of the shop; ' +
    'stored as an Argon2id hash; never answered, logged or published',
});

const fields = {
  email: Type.Optional(email),
  name: Type.Optional(Type.String({ maxLength: 2 * namePartLengthMax + 1, pattern: notBlank })),
  first_name: Type.Optional(Type.String({ maxLength: namePartLengthMax, pattern: notBlank })),
  last_name: Type.Optional(Type.String({ maxLength: namePartLengthMax, description: 'may be empty' })),
  password: Type.Optional(newPassword),
};

export const Registration = Type.Object(
  { ...fields, email },
  {
    additionalProperties: false,
    anyOf: [{ required: ['name'] }, { required: ['first_name', 'last_name'] }],
    examples: [
      { email: 'ada@example.com', name: 'Ada Lovelace' },
      { email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper', password: 'nanoseconds' },
    ],
  },
);

const currentPassword = Type.String({
  maxLength: passwordLengthMax,
  writeOnly: true,
  description: 'what customers have to give to set another password or e-mail',
});

export const Update = Type.Object(
  { ...fields, current_password: Type.Optional(currentPassword) },
  { additionalProperties: false, examples: [{ first_name: 'Augusta' }] },
);

const Item = Type.Object(
  { product_id: uuid(), quantity: Type.Integer({ minimum: 1, maximum: cartQuantityMax }) },
  { additionalProperties: false },
);

export const Cart = Type.Object(
  { items: Type.Array(Item, { maxItems: cartItemsMax, description: 'each product once' }) },
  { additionalProperties: false },
);

export const User = Type.Object(
  {
    id: uuid(),
    email: Type.String(),
    name: Type.String(),
    first_name: Type.String(),
    last_name: Type.String(),
    cart: Type.Array(Item),
    version: Type.Integer({ minimum: 1, description: 'one more with every change; also the ETag' }),
    created_at: time(),
    updated_at: time(),
  },
  { additionalProperties: false },
);

/** The user as HTTP shows it. */
export const view = (account: Account) => ({
  id: account.id,
  email: account.email,
  name: account.name,
  first_name: account.firstName,
  last_name: account.lastName,
  cart: account.cart,
  version: account.version,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
});
