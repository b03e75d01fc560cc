/** Rows by their key, each made when its key first appears. */
export interface KeyedRows<Row> {
  /** The row of a key; `create` makes it when there is none. */
  at(key: readonly string[], create: () => Row): Row;
  all(): Row[];
}

/** The parts of a key must not hold a space. */
export const keyedRows = <Row>(): KeyedRows<Row> => {
  const rows = new Map<string, Row>();
  return {
    at: (key, create) => {
      const text = key.join(' ');
      let row = rows.get(text);
      if (row === undefined) {
        row = create();
        rows.set(text, row);
      }
      return row;
    },
    all: () => [...rows.values()],
  };
};
