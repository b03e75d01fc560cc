import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { api } from '../../lib/api.ts';

/** Names of products by their ids, as far as they were asked for. */
const known = signal<ReadonlyMap<string, string>>(new Map());
const asked = new Set<string>();

/** The names of these products; they come in as they are found. */
export const useNames = (ids: readonly string[]): ReadonlyMap<string, string> => {
  const key = ids.join(' ');
  useEffect(() => {
    for (const id of key.split(' ')) if (id !== '' && !asked.has(id)) void ask(id);
  }, [key]);
  return known.value;
};

const ask = async (id: string): Promise<void> => {
  asked.add(id);
  try {
    const { name } = await api(addressOf('product', '/api/v1/products/{id}', { id }));
    known.value = new Map(known.peek()).set(id, name);
  } catch {
    // Its id is shown; it is asked for again when it is shown again.
    asked.delete(id);
  }
};
