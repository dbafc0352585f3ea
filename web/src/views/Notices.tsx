import { dismiss, notices, type Notice } from "../notices.ts";

export const Notices = () => (
  <div class="notices" role="status">
    {notices.value.map((notice) => (
      <OneNotice key={notice.id} notice={notice} />
    ))}
  </div>
);

function OneNotice({ notice: { id, text, tone, undo } }: { notice: Notice }) {
  const takeBack = () => {
    dismiss(id);
    undo?.();
  };
  return (
    <div class={`notice ${tone}`}>
      <p>{text}</p>
      {undo && <button onClick={takeBack}>Undo</button>}
      <button class="quiet" aria-label="Close" onClick={() => dismiss(id)}>
        ×
      </button>
    </div>
  );
}
