import { Dialog } from '../parts/dialog.tsx';
import { views } from '../views/views.ts';
import { closeOverlay } from './keyboard.ts';

/** The keys. */
export const Help = () => (
  <Dialog title="Keyboard" onClose={() => closeOverlay('help')}>
    <dl>
      <Key keys={['/']}>search for anything by its id or name</Key>
      {views.map(({ letter, title }) => (
        <Key key={letter} keys={['g', letter]}>
          go to {title}
        </Key>
      ))}
      <Key keys={['.']}>pause and go on: live figures stand still</Key>
      <Key keys={['?']}>this help</Key>
      <Key keys={['Esc']}>close</Key>
    </dl>
  </Dialog>
);

const Key = ({ keys, children }: { keys: string[]; children: preact.ComponentChildren }) => (
  <div>
    <dt>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dt>
    <dd>{children}</dd>
  </div>
);
