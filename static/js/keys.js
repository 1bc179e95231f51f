// Single keys on the labelling page. They never fire in text fields, can be switched off and changed.
import { isCovered } from "./covers.js";
import { Keymap, keyOf } from "./keymap.js";
import { lasting } from "./storage.js";
import { t } from "./words.js";

const SWITCH = "likewise.keys";
const TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]";
const NATIVE_ENTER = "a, button, summary, label";
const VERDICTS = ["similar", "not_similar", "unsure"];

// A pair behind a content warning is not answered unseen.
const WHILE_COVERED = ["skip", "back", "undo", "show", "pause", "policy", "keys"];

const OF_THE_FORM = [...VERDICTS, "way1", "comment"];

export const keymap = new Keymap();

function press(task, command, actions) {
  if (isCovered(task) && !WHILE_COVERED.includes(command)) return false;
  if (command in actions) return actions[command]();
  const form = task.querySelector("form.answer");
  if (!form) return false;
  if (VERDICTS.includes(command)) return choose(form.elements.verdict[VERDICTS.indexOf(command)]);
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

export function toggle(box) {
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
  keysOn.checked = lasting.get(SWITCH) !== "off";
  keysOn.addEventListener("change", () => lasting.set(SWITCH, keysOn.checked ? "on" : "off"));
  keymap.label(document);
  listWhatWorks(dialog, actions);
  letChange(dialog);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || event.repeat || event.getModifierState("AltGraph")) return;
    if (event.target.closest(TEXT)) {
      if (event.key === "Escape") focus(task.querySelector("h1") ?? task);
      return;
    }
    const submits = event.key === "Enter";
    if (submits ? event.target.closest(NATIVE_ENTER) : !keysOn.checked) return;
    const command = submits ? "submit" : keymap.commandOf(keyOf(event));
    if (command && press(task, command, actions)) event.preventDefault();
  });
  dialog.dataset.listening = "";
}

// The list of keys names those that do something on this page.
function listWhatWorks(dialog, actions) {
  const works = (button) => [...Object.keys(actions), ...OF_THE_FORM].includes(button.dataset.changeKey);
  for (const row of dialog.querySelectorAll("dl > div:has([data-change-key])")) {
    row.hidden = ![...row.querySelectorAll("[data-change-key]")].some(works);
  }
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
      tell(t("The keys are as they were at first."));
    } else tell(button ? t("Press the new key for “{name}”, or Esc to leave it.", { name: button.title }) : told.textContent);
    changing = button;
    changing?.setAttribute("aria-pressed", "true");
  });
  dialog.addEventListener("keydown", (event) => {
    if (!changing || event.key === "Tab") return;
    event.preventDefault();
    const key = keyOf(event);
    if (event.key === "Escape") tell(t("Nothing was changed."));
    else if (!key) return;
    else tell(changed(dialog, changing.dataset.changeKey, key));
    changing = null;
  });
}

function changed(dialog, command, key) {
  const other = keymap.set(command, key);
  const name = (which) => dialog.querySelector(`[data-change-key=${which}]`).title;
  const says = (which, with_) => t("“{name}” is now {key}.", { name: name(which), key: with_ });
  return other ? `${says(command, key)} ${says(other, keymap.keyFor(other))}` : says(command, key);
}
