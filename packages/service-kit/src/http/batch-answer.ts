import { Type } from '@souk/contracts/typebox.ts';
import { type FieldError, FieldErrors, type ProblemError } from '../problem.ts';

/** What is wrong with one item of a batch; `errors` name fields within the item. */
export interface ItemFault {
  code: string;
  detail: string;
  errors?: FieldError[];
}

/** An item that was left out, by its place in the array or its line, from 0. */
export type RejectedItem = { index: number } & ItemFault;

export const itemIndex = Type.Integer({ minimum: 0, description: 'the item, or its line, from 0' });

/** The field of a batch's answer that lists the items left out; `codes` says which codes there are. */
export const RejectedItems = (codes: string) =>
  Type.Array(
    Type.Object({
      index: itemIndex,
      code: Type.String({ description: codes }),
      detail: Type.String(),
      errors: Type.Optional(FieldErrors('within the item')),
    }),
  );

/** The fault of an item whose fields are not valid. */
export const invalidItem = (errors: FieldError[]): ItemFault => ({
  code: 'invalid_request',
  detail: 'the item is not valid',
  errors,
});

/** The problem that an item alone would have been answered with, as its fault. */
export const faultOf = ({ problem: { status: _, ...fault } }: ProblemError): ItemFault => fault;

/** All the items of these lists, by their place. */
export const inOrder = <Item extends { index: number }>(...lists: readonly (readonly Item[])[]): Item[] =>
  lists.flat().sort((a, b) => a.index - b.index);
