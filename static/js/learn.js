// Practice and qualification: a pair a page, the same form and keys as the labelling page. The server keeps where one is.
import { NOTHING, answerOf, fill, isSame, openQuestions, problems, showProblems } from "./answer.js";
import { listen, toggle } from "./keys.js";
import { togglePlayer } from "./player.js";
import { PolicyPanel } from "./policy.js";
import "./thumbnails.js";

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const root = task.querySelector("[data-assignment]");
const form = task.querySelector("form");
const policy = new PolicyPanel();

let seenFor = 0; // milliseconds, while the page was visible
let seenSince = performance.now();
let sent = false;

function seconds() {
  const now = document.hidden ? 0 : performance.now() - seenSince;
  return Math.round((seenFor + now) / 100) / 10;
}

// Whether the form may leave: an answer with something missing is told so here.
function isReady() {
  if (!form.matches(".answer")) return true;
  const answer = answerOf(form);
  const errors = { ...problems(answer), ...openQuestions(root, answer) };
  showProblems(root, errors);
  return !Object.keys(errors).length;
}

function undo() {
  if (!form.matches(".answer") || isSame(answerOf(form), NOTHING)) return false;
  fill(form, null);
  showProblems(root, {});
  return true;
}

form.addEventListener("submit", (event) => {
  if (sent || !isReady()) return event.preventDefault();
  sent = true;
  form.elements.seconds.value = seconds();
});
// A page that comes back from the browser's memory can be sent again: the server keeps the first answer.
window.addEventListener("pageshow", () => {
  sent = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) seenFor += performance.now() - seenSince;
  else seenSince = performance.now();
});
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

listen(task, dialog, {
  submit: () => {
    form.requestSubmit();
    return true;
  },
  undo,
  play_rejected: () => togglePlayer(task.querySelector(".video.rejected")),
  play_recommended: () => togglePlayer(task.querySelector(".video.recommended")),
  flag: () => toggle(task.querySelector("[name=flagged]")),
  policy: () => policy.toggle(),
  keys: () => {
    dialog.showModal();
    return true;
  },
});
policy.announce();
