import { useEffect, useRef, useState } from 'preact/hooks';
import { param, setParams } from '../lib/router.ts';

interface FilterProps {
  /** The parameter of the address. */
  name: string;
  label: string;
}

const typingMs = 250;

/** A text that a list is held to; it goes into the address when the viewer stops typing. */
export const Filter = ({ name, label }: FilterProps) => {
  const value = param(name);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setParams({ [name]: next.trim(), cursor: '' }), typingMs);
  };
  return (
    <label>
      {label}
      <input type="search" value={text} onInput={(event) => change(event.currentTarget.value)} />
    </label>
  );
};
