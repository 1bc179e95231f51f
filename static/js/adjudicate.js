// Deciding on a pair: the keys of the labelling page; "comment" goes to the rationale.
import { listen } from "./keys.js";
import { togglePlayer } from "./player.js";
import { PolicyPanel } from "./policy.js";
import { keepRationale } from "./rationale_draft.js";
import "./thumbnails.js";

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const form = task.querySelector("form.decision");
const policy = new PolicyPanel();
let sent = false;

form.addEventListener("submit", (event) => {
  if (sent) return event.preventDefault();
  sent = true;
});
window.addEventListener("pageshow", () => {
  sent = false;
});
keepRationale(form);
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

listen(task, dialog, {
  submit: () => {
    form.requestSubmit();
    return true;
  },
  comment: () => {
    form.elements.rationale.focus({ preventScroll: true });
    return true;
  },
  play_rejected: () => togglePlayer(task.querySelector(".video.rejected")),
  play_recommended: () => togglePlayer(task.querySelector(".video.recommended")),
  policy: () => policy.toggle(),
  keys: () => {
    dialog.showModal();
    return true;
  },
});
policy.announce();
