import { sentence } from "../sentences.ts";

/** In place of what could not be loaded. */
export function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { what, todo } = sentence(error);
  return (
    <div class="empty" role="alert">
      <h1>{what}</h1>
      <p>{todo}</p>
      <button onClick={onRetry}>Try again</button>
    </div>
  );
}
