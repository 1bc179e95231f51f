// Why somebody decides as they do, kept in this tab until the decision is taken: a sign-in in between loses nothing.
import { ofTab } from "./storage.js";

const PREFIX = "likewise.rationale.";
const SENT = "likewise.rationale-sent";

export function keepRationale(form) {
  const field = form.elements.rationale;
  const key = PREFIX + location.pathname;
  const sent = ofTab.get(SENT);
  // From a decision that is taken one comes to another pair.
  if (sent !== key) ofTab.remove(sent);
  ofTab.remove(SENT);
  if (!field.value) field.value = ofTab.get(key) ?? "";
  field.addEventListener("input", () => ofTab.set(key, field.value));
  form.addEventListener("submit", () => ofTab.set(SENT, key));
}
