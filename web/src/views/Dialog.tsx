import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { text } from "../sentences.ts";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** The browser's own modal dialog: it holds the focus, closes on Escape, and gives the focus back. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={name} onClose={onClose}>
      <h2 id={name}>{title}</h2>
      {children}
    </dialog>
  );
}

interface QuestionProps {
  title: string;
  yes: string;
  no: string;
  danger?: boolean;
  /** Closes the dialog when it has succeeded; what it throws is shown in it. */
  onYes: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog with two answers. Nothing can be pressed twice. */
export function Question({ title, yes, no, danger = false, onYes, onClose, children }: QuestionProps) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onYes();
      onClose();
    } catch (failure) {
      setError(text(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <div class="actions">
          <button type="button" onClick={onClose}>
            {no}
          </button>
          <button class={danger ? "danger" : "primary"} disabled={busy}>
            {yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface NamingProps {
  title: string;
  label: string;
  initial?: string;
  yes: string;
  maxLength: number;
  onName: (name: string) => Promise<void>;
  onClose: () => void;
}

/** A question for a name. */
export function Naming({ title, label, initial = "", yes, maxLength, onName, onClose }: NamingProps) {
  const [name, setName] = useState(initial);
  return (
    <Question title={title} yes={yes} no="Cancel" onYes={() => onName(name.trim())} onClose={onClose}>
      <label class="field">
        {label}
        <input
          value={name}
          required
          pattern=".*\S.*"
          maxLength={maxLength}
          title={`1 to ${maxLength} characters`}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
    </Question>
  );
}
