import { meshStates, useMeshPolling } from './mesh.ts';
import { type Trouble, troublesOf } from './troubles.ts';

const noAnswer: Trouble = {
  what: 'The console does not answer.',
  meaning: 'What you see is the last it said. It is asked again every two seconds.',
};

/** What is down, above every view, and what that means; nothing where all is well. */
export const MeshStrip = () => {
  const error = useMeshPolling();
  const newest = meshStates.value.at(-1);
  const troubles = error !== undefined ? [noAnswer] : newest ? troublesOf(newest) : [];
  return (
    <div role="status" class={troubles.length > 0 ? 'notice bad' : undefined}>
      {troubles.map(({ what, meaning }) => (
        <p key={what}>
          <strong>{what}</strong> {meaning}
        </p>
      ))}
    </div>
  );
};
