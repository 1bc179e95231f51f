// What stands in the place of a pair while none is here.
import { t } from "./words.js";

export function waitingNote() {
  const note = document.createElement("section");
  note.className = "empty";
  const title = document.createElement("h1");
  title.tabIndex = -1;
  title.textContent = t("Getting the next pair…");
  const text = document.createElement("p");
  text.textContent = t("If the connection is gone, your answers are kept on this computer and sent when it is back.");
  note.append(title, text);
  return note;
}
