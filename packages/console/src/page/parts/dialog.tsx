import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from './failure.tsx';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}

/** A dialog over the page; Escape and a click beside it close it. */
export const Dialog = ({ title, onClose, children, class: more = '' }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way to close a dialog
    <dialog
      ref={ref}
      class={more}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
};

interface ConfirmProps {
  title: string;
  /** What will happen, and whether it can be taken back. */
  children: ComponentChildren;
  /** The verb on the button. */
  action: string;
  isDangerous?: boolean;
  /** Closes the dialog when it resolves; what it throws is shown. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is done. */
export const Confirm = ({ title, children, action, isDangerous, onConfirm, onClose }: ConfirmProps) => {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {error !== undefined && <Failure error={error} what="the action" />}
      <div class="actions end">
        <button type="button" onClick={onClose}>
          Back
        </button>
        <button type="button" class={isDangerous ? 'danger' : 'primary'} disabled={isBusy} onClick={confirm}>
          {isBusy ? 'Working…' : action}
        </button>
      </div>
    </Dialog>
  );
};
