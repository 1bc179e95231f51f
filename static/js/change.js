// The page on which an answer is changed: a draft of the change is the one of the labelling page.
import { answerOf } from "./answer.js";
import { Drafts } from "./drafts.js";
import "./thumbnails.js";

const root = document.querySelector("[data-judged]");
const form = root?.querySelector("form.answer");

function listen(drafts, id) {
  const before = answerOf(form);
  const told = form.querySelector("[data-draft]");
  // What is written into a live region after it was shown is read out.
  if (drafts.restore(form, id, before)) requestAnimationFrame(() => { told.textContent = told.dataset.draft; });
  form.addEventListener("input", () => drafts.follow(form, id, before));
  form.addEventListener("submit", () => drafts.noteSent(id));
  form.querySelector("[data-leave]").addEventListener("click", () => drafts.remove(id));
}

if (root?.matches("[data-mark-shared]")) import("./shared_words.js").then(({ markShared }) => markShared(root));
if (form) listen(new Drafts(root.dataset.person), root.dataset.judged);
