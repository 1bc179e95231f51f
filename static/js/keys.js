// Single keys on the labelling page. They never fire in text fields, can be switched off and changed.
import { Keymap, keyOf } from "./keymap.js";

const SWITCH = "likewise.keys";
const TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]";
const NATIVE_ENTER = "a, button, summary, label";
const VERDICTS = ["similar", "not_similar", "unsure"];

export const keymap = new Keymap();

function press(task, command, actions) {
  if (command in actions) return actions[command]();
  const form = task.querySelector("form.answer");
  if (!form) return false;
  if (VERDICTS.includes(command)) return choose(form.elements.verdict[VERDICTS.indexOf(command)]);
  if (command === "flag") return toggle(form.elements.flagged);
  if (command === "comment") return focus(form.elements.comment);
  const similar = form.elements.verdict.value === "similar";
  const way = /^way(\d)$/.exec(command);
  return Boolean(similar && way) && toggle(form.querySelectorAll("[name=reasons]")[Number(way[1]) - 1]);
}

function choose(radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  return focus(radio);
}

function toggle(box) {
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return focus(box);
}

function focus(element) {
  element.focus({ preventScroll: true });
  return true;
}

// `actions`: what submit and the commands do that are not about the form; each returns whether it did something.
export function listen(task, dialog, actions) {
  const keysOn = dialog.querySelector("[data-keys-on]");
  keysOn.checked = localStorage.getItem(SWITCH) !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem(SWITCH, keysOn.checked ? "on" : "off"));
  keymap.label(document);
  letChange(dialog);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (dialog.open || event.repeat) return;
    if (event.target.closest(TEXT)) {
      if (event.key === "Escape") focus(task.querySelector("h1") ?? task);
      return;
    }
    const submits = event.key === "Enter";
    if (submits ? event.target.closest(NATIVE_ENTER) : !keysOn.checked) return;
    const command = submits ? "submit" : keymap.commandOf(keyOf(event));
    if (command && press(task, command, actions)) event.preventDefault();
  });
}

// In the list of keys, a press on one and then on another key puts that in its place.
function letChange(dialog) {
  const told = dialog.querySelector("[data-key-told]");
  let changing = null;
  const tell = (text) => {
    told.textContent = text;
    keymap.label(document);
    changing?.removeAttribute("aria-pressed");
  };
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-change-key]");
    if (event.target.closest("[data-reset-keys]")) {
      keymap.reset();
      tell("The keys are as they were at first.");
    } else tell(button ? `Press the new key for “${button.title}”, or Esc to leave it.` : told.textContent);
    changing = button;
    changing?.setAttribute("aria-pressed", "true");
  });
  dialog.addEventListener("keydown", (event) => {
    if (!changing || event.key === "Tab") return;
    event.preventDefault();
    const key = keyOf(event);
    if (event.key === "Escape") tell("Nothing was changed.");
    else if (!key) return;
    else tell(changed(dialog, changing.dataset.changeKey, key));
    changing = null;
  });
}

function changed(dialog, command, key) {
  const other = keymap.set(command, key);
  const name = (which) => dialog.querySelector(`[data-change-key=${which}]`).title;
  const also = other ? ` “${name(other)}” is now ${keymap.keyFor(other)}.` : "";
  return `“${name(command)}” is now ${key}.${also}`;
}
