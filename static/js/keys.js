// Single keys on the labelling page. They never fire in text fields, and can be switched off.
const SWITCH = "likewise.keys";
const TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]";
const NATIVE_ENTER = "a, button, summary, label";
const REASONS = "qwerty";

// The letter or digit that is meant, on keyboards of other scripts and layouts too.
function keyOf(event) {
  if (/^[a-z0-9?/]$/i.test(event.key) || event.key.length > 1) return event.key.toLowerCase();
  const [, digit, letter] = /^(?:Digit|Numpad)(\d)$|^Key([A-Z])$/.exec(event.code) ?? [];
  return digit ?? letter?.toLowerCase() ?? event.key;
}

function press(task, key, actions) {
  if (key === "enter") return actions.submit();
  if (key in actions) return actions[key]();
  const form = task.querySelector("form.answer");
  if (!form) return false;
  if ("123".includes(key)) return choose(form.elements.verdict[Number(key) - 1]);
  if (key === "f") return toggle(form.elements.flagged);
  if (key === "c") return focus(form.elements.comment);
  const similar = form.elements.verdict.value === "similar";
  return similar && REASONS.includes(key) && toggle(form.querySelectorAll("[name=reasons]")[REASONS.indexOf(key)]);
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

// `actions`: what submit and the other keys here do; each returns whether it did something.
export function listen(task, dialog, actions) {
  const keysOn = dialog.querySelector("[data-keys-on]");
  keysOn.checked = localStorage.getItem(SWITCH) !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem(SWITCH, keysOn.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (dialog.open || event.repeat) return;
    if (event.target.closest(TEXT)) {
      if (event.key === "Escape") focus(task.querySelector("h1") ?? task);
      return;
    }
    const key = keyOf(event);
    if (key === "enter" && event.target.closest(NATIVE_ENTER)) return;
    if (!keysOn.checked && key !== "enter") return;
    if (press(task, key, actions)) event.preventDefault();
  });
}
