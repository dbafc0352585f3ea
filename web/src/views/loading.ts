import { useCallback, useEffect, useState } from "preact/hooks";

export interface Loaded<Value> {
  value: Value | undefined;
  error: unknown;
  load: () => Promise<void>;
}

/** Loads something when the view is first shown, and when it is told to. What was there stays until the new is. */
export function useLoaded<Value>(get: () => Promise<Value>, inputs: readonly unknown[]): Loaded<Value> {
  const [value, setValue] = useState<Value>();
  const [error, setError] = useState<unknown>();
  const load = useCallback(async () => {
    try {
      setValue(await get());
      setError(undefined);
    } catch (failure) {
      setError(failure);
    }
  }, inputs);
  useEffect(() => void load(), [load]);
  return { value, error, load };
}
