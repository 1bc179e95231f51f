// The labelling page: the next pair is here already, the answer travels in the background.
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { PolicyPanel } from "./policy.js";
import { Supply, idOf } from "./supply.js";
import { checkThumbnails } from "./thumbnails.js";

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const saved = document.querySelector("[data-saved]");
const announcer = document.querySelector("[data-announcer]");
const notice = document.querySelector("[data-notice]");
const unconfirmed = new Map(); // pairs whose answer is on its way, by assignment
const supply = new Supply(task.dataset.nextUrl, {
  isIdle: () => !current,
  ids: () => [idOf(current), ...outbox.ids, ...unconfirmed.keys()].filter(Boolean),
});
const outbox = new Outbox(task.dataset.person, supply);
const policy = new PolicyPanel();

let current = null;
let seenFor = 0; // milliseconds, while the page was visible
let seenSince = 0;

const urlOf = (action, root) => task.dataset[`${action}Url`].replace(task.dataset.placeholder, idOf(root));

function show(root, { announce = true } = {}) {
  current = root;
  task.replaceChildren(root);
  checkThumbnails(root);
  seenFor = 0;
  seenSince = performance.now();
  policy.follow(root.dataset.policy, `${task.dataset.policyUrl}${root.dataset.policy}/`).catch(() => {}); // the panel keeps the text it has
  window.scrollTo(0, 0);
  if (!announce) return;
  root.querySelector("h1")?.focus({ preventScroll: true });
  announcer.textContent = root.querySelector("h1")?.textContent ?? "";
}

function showNext() {
  const next = supply.take();
  if (next) show(next);
  else showWaiting();
}

function showWaiting() {
  current = null;
  const note = document.createElement("section");
  note.className = "empty";
  note.innerHTML = "<h1 tabindex='-1'>Getting the next pair…</h1><p>If the connection is gone, your answers are kept on this computer and sent when it is back.</p>";
  show(note, { announce: true });
  current = null;
}

function seconds() {
  const now = document.hidden ? 0 : performance.now() - seenSince;
  return Math.round((seenFor + now) / 100) / 10;
}

function answerOf(form) {
  const data = new FormData(form);
  const verdict = data.get("verdict");
  return {
    verdict,
    reasons: verdict === "similar" ? data.getAll("reasons") : [],
    comment: data.get("comment").trim(),
    flagged: data.has("flagged"),
    seconds: seconds(),
  };
}

function problems(answer) {
  if (!answer.verdict) return { verdict: "Choose similar, not similar or unsure." };
  if (answer.verdict === "similar" && !answer.reasons.length) {
    return { reasons: "Choose at least one way in which the videos are similar." };
  }
  return {};
}

function showProblems(root, errors) {
  const fields = ["verdict", "reasons", "comment"];
  const rest = Object.entries(errors).filter(([field]) => !fields.includes(field)).map(([, text]) => text);
  for (const field of [...fields, "all"]) {
    const place = root.querySelector(`[data-error=${field}]`);
    const text = field === "all" ? rest.flat().join(" ") : [errors[field] ?? []].flat().join(" ");
    place.textContent = text;
    place.hidden = !text;
  }
  const first = fields.find((field) => errors[field]);
  root.querySelector(`[name=${first ?? "verdict"}]`)?.focus();
}

function submit(form) {
  if (!current) return false;
  const body = answerOf(form);
  const errors = problems(body);
  if (Object.keys(errors).length) {
    showProblems(current, errors);
    return true;
  }
  showProblems(current, {});
  return leave({ id: idOf(current), kind: "submit", url: urlOf("submit", current), body });
}

function skip() {
  return Boolean(current) && leave({ id: idOf(current), kind: "skip", url: urlOf("skip", current), body: {} });
}

function leave(entry) {
  unconfirmed.set(entry.id, current);
  outbox.keep(entry);
  showNext();
  outbox.flush(); // asks for more along with the answer, unless others are on their way
  supply.refill();
  return true;
}

function count(step) {
  for (const place of document.querySelectorAll("[data-today], [data-total]")) {
    place.textContent = String(Number(place.textContent) + step);
  }
}

function describe({ state, waiting }) {
  const answers = waiting === 1 ? "1 answer" : `${waiting} answers`;
  saved.dataset.state = state === "signed-out" ? "waiting" : state;
  if (state === "saved") saved.textContent = "All saved";
  else if (state === "saving") saved.textContent = "Saving…";
  else if (state === "signed-out") saved.innerHTML = `Not saved yet: ${answers} waiting. <a href="${task.dataset.loginUrl}">Sign in again</a>`;
  else saved.textContent = `Not saved yet: ${answers} waiting, trying again`;
}

outbox.addEventListener("change", (event) => describe(event.detail));
outbox.addEventListener("sent", ({ detail: { entry } }) => {
  unconfirmed.delete(entry.id);
  if (entry.kind === "submit") count(1);
});
outbox.addEventListener("refused", ({ detail: { entry, status, errors } }) => {
  const root = unconfirmed.get(entry.id);
  unconfirmed.delete(entry.id);
  if (entry.kind === "skip") return;
  if (status !== 400 || !root) {
    notice.textContent = `One answer was not taken. ${errors.detail ?? "The pair will come up again."}`;
    notice.hidden = false;
    return;
  }
  if (current) supply.putBack(current);
  show(root);
  showProblems(root, errors);
});

supply.addEventListener("arrived", () => {
  if (!current) show(supply.take());
});
supply.addEventListener("empty", ({ detail: { root } }) => {
  show(root);
  current = null;
});
supply.addEventListener("signed-out", () => {
  if (!current) location.assign(task.dataset.loginUrl);
});

task.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.matches("[data-skip]")) skip();
  else submit(event.target);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) seenFor += performance.now() - seenSince;
  else seenSince = performance.now();
});
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

listen(task, dialog, {
  submit: () => Boolean(current) && submit(task.querySelector("form.answer")),
  s: skip,
  b: () => {
    task.querySelector("[data-change-last]")?.click();
    return true;
  },
  "/": () => policy.toggle(),
  "?": () => {
    dialog.showModal();
    return true;
  },
});

// After a reload the server may offer a pair again whose answer still waits here.
const served = task.querySelector("[data-assignment]");
if (served && outbox.ids.includes(idOf(served))) showNext();
else if (served) show(served, { announce: false });
policy.announce();
outbox.flush();
if (served) supply.refill();
