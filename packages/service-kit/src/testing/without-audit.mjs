/** Preloaded (node --import) by the benchmark of what protection costs: nobody acts, so nothing is written down. */
import { registerHooks } from 'node:module';

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (!url.endsWith('/audit/actor.ts')) return loaded;
    const source = `${loaded.source}`.replace('actors.getStore()', 'undefined');
    if (source === `${loaded.source}`) throw new Error('audit/actor.ts is another one');
    return { ...loaded, source };
  },
});
