interface ChoiceProps<T extends string> {
  label: string;
  options: readonly (readonly [value: T, text: string])[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, side by side. */
export const Choice = <T extends string>({ label, options, value, onChange }: ChoiceProps<T>) => (
  <fieldset class="choice">
    <legend class="hidden">{label}</legend>
    {options.map(([option, text]) => (
      <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
        {text}
      </button>
    ))}
  </fieldset>
);
