/** The row of a key; `create` makes it when there is none. */
export const rowAt = <Key, Row>(rows: Map<Key, Row>, key: Key, create: () => Row): Row => {
  let row = rows.get(key);
  if (row === undefined) {
    row = create();
    rows.set(key, row);
  }
  return row;
};
