// Somebody who signs out leaves behind what the server does not have yet: asked first.
import { tn } from "./words.js";

const question = (n) => tn(
  "{n} answer is not saved yet. It waits on this computer until you sign in here again. Sign out?",
  "{n} answers are not saved yet. They wait on this computer until you sign in here again. Sign out?",
  n,
);

export function askBeforeSignOut(outbox) {
  document.querySelector(".who").addEventListener("submit", (event) => {
    const waiting = outbox.ids.length;
    if (waiting && !confirm(question(waiting))) event.preventDefault();
  });
}
