import { useState } from 'preact/hooks';
import type { ShopperState } from '../../../server/shopper-routes.ts';
import { api } from '../../lib/api.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Failure } from '../../parts/failure.tsx';
import { hasRole, viewer } from '../../shell/viewer.ts';

const path = '/api/shoppers';

/** Lets the demo's shoppers in and out, where the console was started with them. */
export const ShoppersButton = () => (viewer.value?.shoppers && hasRole('admin') ? <Button /> : null);

const Button = () => {
  const { data, reload } = useLoad<ShopperState>(path, { everyMs: 5_000 });
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  if (data === undefined) return null;
  const change = async () => {
    setBusy(true);
    setError(undefined);
    await api(path, { method: data.running ? 'DELETE' : 'POST' }).catch(setError);
    setBusy(false);
    reload();
  };
  return (
    <div>
      <button type="button" class={data.running ? '' : 'primary'} disabled={isBusy} onClick={change}>
        {data.running ? 'Send the shoppers out' : 'Let shoppers in'}
      </button>
      {error !== undefined && <Failure error={error} what="the shoppers" />}
      {data.problem && <p class="small bad">The shoppers left: {data.problem}</p>}
    </div>
  );
};
