// The labelling page: the next pair is here already, the answer travels in the background.
import { listen } from "./keys.js";
import { Outbox, post } from "./outbox.js";
import { PolicyPanel } from "./policy.js";
import { checkThumbnails } from "./thumbnails.js";

const AHEAD = 3; // pairs fetched beside the one that is shown
const LOW = 1; // asked for more when no more than this many are left: two at a time, half the requests
const MOST_HELD = 50; // what the server takes
const RETRY = 3000;

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const saved = document.querySelector("[data-saved]");
const announcer = document.querySelector("[data-announcer]");
const notice = document.querySelector("[data-notice]");
const outbox = new Outbox(task.dataset.person);
const policy = new PolicyPanel();
const ahead = []; // pairs that are here and not shown yet
const unconfirmed = new Map(); // pairs whose answer is on its way, by assignment

let current = null;
let refilling = false;
let nothingLeft = false;
let seenFor = 0; // milliseconds, while the page was visible
let seenSince = 0;

const idOf = (root) => root?.dataset.assignment;

function show(root, { announce = true } = {}) {
  current = root;
  task.replaceChildren(root);
  checkThumbnails(root);
  seenFor = 0;
  seenSince = performance.now();
  policy.follow(root.dataset.policy, root.dataset.policyUrl).catch(() => {}); // the panel keeps the text it has
  window.scrollTo(0, 0);
  if (!announce) return;
  root.querySelector("h1")?.focus({ preventScroll: true });
  announcer.textContent = root.querySelector("h1")?.textContent ?? "";
}

function showNext() {
  if (ahead.length) show(ahead.shift());
  else showWaiting();
  refill();
}

function showWaiting() {
  current = null;
  const note = document.createElement("section");
  note.className = "empty";
  note.innerHTML = "<h1 tabindex='-1'>Getting the next pair…</h1><p>If the connection is gone, your answers are kept on this computer and sent when it is back.</p>";
  show(note, { announce: true });
  current = null;
}

async function refill() {
  if (refilling || ahead.length > LOW || (nothingLeft && current)) return;
  refilling = true;
  let again = 0;
  try {
    again = await fetchNext() ? 1 : 0;
  } catch {
    again = RETRY;
  }
  refilling = false;
  if (again) setTimeout(refill, again);
}

// Whether to ask for more. A network error is the caller's.
async function fetchNext() {
  const holding = [idOf(current), ...ahead.map(idOf), ...outbox.ids].filter(Boolean).slice(0, MOST_HELD);
  const response = await post(task.dataset.nextUrl, { count: AHEAD - ahead.length, holding }, "text/html");
  if (response.status === 401 || response.status === 403) {
    if (!current) location.assign(task.dataset.loginUrl);
    return false;
  }
  if (!response.ok) throw new Error(`next pair: ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = [...page.querySelectorAll("[data-assignment]")].filter((root) => !known(idOf(root)));
  nothingLeft = found.length === 0;
  found.forEach(receive);
  if (current || ahead.length) {
    if (!current) show(ahead.shift());
    return !nothingLeft;
  }
  show(document.importNode(page.querySelector("[data-empty]"), true));
  current = null;
  return false;
}

function known(id) {
  return id === idOf(current) || ahead.some((root) => idOf(root) === id) || outbox.ids.includes(id) || unconfirmed.has(id);
}

function receive(found) {
  const root = document.importNode(found, true);
  for (const image of root.querySelectorAll("img")) {
    const warm = new Image(); // fetched now, so that it is there when the pair is shown
    warm.referrerPolicy = "no-referrer";
    warm.src = image.src;
  }
  ahead.push(root);
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
  return leave({ id: idOf(current), kind: "submit", url: current.dataset.submitUrl, body });
}

function skip() {
  return Boolean(current) && leave({ id: idOf(current), kind: "skip", url: current.dataset.skipUrl, body: {} });
}

function leave(entry) {
  unconfirmed.set(entry.id, current);
  outbox.add(entry);
  showNext();
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
  if (current) ahead.unshift(current);
  show(root);
  showProblems(root, errors);
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
else if (served) {
  show(served, { announce: false });
  refill();
}
policy.announce();
outbox.flush();
