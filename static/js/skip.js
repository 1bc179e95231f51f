// The choice that opens in place for a skip: the first entry gives no reason, and the same key twice takes it.
import { t } from "./words.js";

const choiceOf = (root) => root?.querySelector("[data-skip-choice]");

// Whether the choice was closed, and is open now.
export function openSkip(root, reason = "") {
  const choice = choiceOf(root);
  if (!choice || (choice.open && !reason)) return false;
  choice.open = true;
  choice.querySelector(`[data-skip="${reason}"]`).focus({ preventScroll: true });
  return true;
}

// Whether there was one open.
export function closeSkip(root) {
  const choice = choiceOf(root);
  if (!choice?.open) return false;
  choice.open = false;
  return true;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

// Arrows move through the reasons, Esc closes, and so does everything that shows that somebody goes on.
export function listenForSkips(task) {
  task.addEventListener("keydown", (event) => {
    const choice = event.target.closest("[data-skip-choice][open]");
    if (!choice) return;
    if (event.key === "Escape") {
      closeSkip(task);
      choice.querySelector("summary").focus({ preventScroll: true });
    } else if (event.key in STEPS) {
      const reasons = [...choice.querySelectorAll("[data-skip]")];
      const next = reasons.indexOf(document.activeElement) + STEPS[event.key];
      reasons[Math.min(Math.max(next, 0), reasons.length - 1)].focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  });
  task.addEventListener("video-gone", (event) => tellGone(event.target));
  task.querySelectorAll("img[data-video-gone]").forEach(tellGone);
  task.addEventListener("click", (event) => event.target.closest("[data-gone]") && openSkip(task, "gone"));
  task.addEventListener("change", () => closeSkip(task));
  document.addEventListener("click", (event) => event.target.closest("[data-skip-choice], .video-gone") ?? closeSkip(task));
}

// The site of a video shows a grey stand-in where it has the video no more: said beside the title, with a way on.
function tellGone(image) {
  const about = image.closest(".video").querySelector(".about");
  if (about.querySelector(".video-gone")) return;
  const note = document.createElement("p");
  const button = document.createElement("button");
  note.className = "video-gone";
  button.type = "button";
  button.className = "quiet small";
  button.dataset.gone = "";
  button.textContent = t("Skip the pair");
  note.append(t("This video may be gone."), button);
  about.append(note);
}
