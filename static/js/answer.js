// What a person says about a pair, as its form holds it.
import { t } from "./words.js";

const FIELDS = ["verdict", "reasons", "comment"];
export const NOTHING = { verdict: null, reasons: [], comment: "", flagged: false };

export function answerOf(form) {
  const data = new FormData(form);
  const verdict = data.get("verdict");
  return {
    verdict,
    reasons: verdict === "similar" ? data.getAll("reasons") : [],
    comment: data.get("comment").trim(),
    flagged: data.has("flagged"),
    marked_shared: data.get("marked_shared") === "on",
  };
}

// What was marked on the page is no part of what somebody says.
export function isSame(one, other) {
  const [a, b] = [one, other].map((answer) => JSON.stringify({ ...answer, marked_shared: undefined }));
  return a === b;
}

// Puts an answer into the form; a null takes back what is in it.
export function fill(form, answer) {
  for (const box of form.querySelectorAll("[name=verdict]")) box.checked = box.value === answer?.verdict;
  for (const box of form.querySelectorAll("[name=reasons]")) box.checked = Boolean(answer?.reasons.includes(box.value));
  form.elements.comment.value = answer?.comment ?? "";
  form.elements.flagged.checked = Boolean(answer?.flagged);
}

// What must be mended before it can be sent, by field.
export function problems(answer) {
  if (!answer.verdict) return { verdict: t("Choose similar, not similar or unsure.") };
  if (answer.verdict === "similar" && !answer.reasons.length) {
    return { reasons: t("Choose at least one way in which the videos are similar.") };
  }
  return {};
}

// Asked once a pair, and not insisted on.
export function openQuestions(root, answer) {
  if (!answer.reasons.includes("other") || answer.comment || root.dataset.askedOther) return {};
  root.dataset.askedOther = "yes";
  return { comment: t("In what other way? A few words help. Submit again to leave it open.") };
}

export function showProblems(root, errors) {
  const rest = Object.entries(errors).filter(([field]) => !FIELDS.includes(field)).map(([, text]) => text);
  for (const field of [...FIELDS, "all"]) {
    const place = root.querySelector(`[data-error=${field}]`);
    const text = field === "all" ? rest.flat().join(" ") : [errors[field] ?? []].flat().join(" ");
    place.textContent = text;
    place.hidden = !text;
  }
  const first = FIELDS.find((field) => errors[field]);
  root.querySelector(`[name=${first ?? "verdict"}]`)?.focus();
}
