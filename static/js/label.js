// The labelling page: the next pair is here already, the answer travels in the background.
import { NOTHING, answerOf, fill, isSame, openQuestions, problems, showProblems } from "./answer.js";
import { keymap, listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { closePlayers, togglePlayer } from "./player.js";
import { PolicyPanel } from "./policy.js";
import { Supply, idOf } from "./supply.js";
import { Trail } from "./trail.js";
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
const served = task.querySelector("[data-assignment]");
const outbox = new Outbox(task.dataset.person, supply);
const policy = new PolicyPanel();
const trail = new Trail();

let current = null;
let again = null; // {kind, answer} of a pair that somebody came back to
let seenFor = 0; // milliseconds, while the page was visible
let seenSince = 0;

const urlOf = (action, root) => task.dataset[`${action}Url`].replace(task.dataset.placeholder, idOf(root));

// A version that this person has not read yet: the page that is loaded then tells what is new.
function isNewPolicy({ policy: version }) {
  return version && version !== served?.dataset.policy && !task.dataset.knownPolicies.split(" ").includes(version);
}

function show(root, { announce = true } = {}) {
  if (isNewPolicy(root.dataset)) return location.assign(task.dataset.labelUrl);
  current = root;
  again = null;
  keymap.label(root);
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

function submit(form) {
  if (!current) return false;
  const answer = answerOf(form);
  const errors = { ...problems(answer), ...openQuestions(current, answer) };
  showProblems(current, errors);
  if (Object.keys(errors).length) return true;
  if (again?.kind !== "submit") return leave("submit", { ...answer, seconds: seconds() });
  return isSame(answer, again.answer) ? leaveIt() : change({ ...answer, seconds: seconds() });
}

function skip() {
  if (!current) return false;
  return again ? leaveIt() : leave("skip", {});
}

function leave(kind, body) {
  return send({ id: idOf(current), kind, url: urlOf(kind, current), body }, kind);
}

function change(body) {
  const submission = newId();
  const url = urlOf("revise", current);
  return send({ id: submission, kind: "revise", after: idOf(current), url, body: { ...body, submission } }, "submit");
}

function send(entry, became) {
  const root = current;
  closePlayers(root);
  unconfirmed.set(entry.id, root);
  trail.add(root, became);
  outbox.keep(entry);
  showNext();
  outbox.flush(); // asks for more along with the answer, unless others are on their way
  supply.refill();
  return true;
}

function back() {
  const step = trail.back();
  if (!step) return false;
  if (current) {
    closePlayers(current);
    supply.putBack(current);
  }
  show(step.root);
  again = step;
  announcer.textContent = step.root.querySelector("[data-again]").firstChild.textContent;
  return true;
}

// What was answered before this page was opened is changed on a page of its own.
function changeLast() {
  task.querySelector("[data-change-last]")?.click();
  return true;
}

function leaveIt() {
  const { root, kind, answer } = again;
  closePlayers(root);
  fill(root.querySelector("form.answer"), answer);
  trail.add(root, kind);
  showNext();
  return true;
}

// What was chosen here since the pair came; if that is nothing, back to the one before.
function undo() {
  const form = task.querySelector("form.answer");
  if (!current || !form) return back();
  const given = again?.answer ?? null;
  if (isSame(answerOf(form), given ?? NOTHING)) return back();
  fill(form, given);
  showProblems(current, {});
  return true;
}

// Older browsers have randomUUID on secure pages only.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
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
  if (root && entry.kind === "submit") trail.forget(root);
  if (status !== 400 || !root || root === current) {
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
task.addEventListener("click", (event) => {
  if (event.target.closest("[data-leave-it]")) leaveIt();
  else if (event.target.closest("[data-change-last]") && back()) event.preventDefault();
});
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

listen(task, dialog, {
  submit: () => Boolean(current) && submit(task.querySelector("form.answer")),
  skip,
  back: () => back() || changeLast(),
  undo,
  play_rejected: () => togglePlayer(task.querySelector(".video.rejected")),
  play_recommended: () => togglePlayer(task.querySelector(".video.recommended")),
  policy: () => policy.toggle(),
  keys: () => {
    dialog.showModal();
    return true;
  },
});

// After a reload the server may offer a pair again whose answer still waits here.
if (served && outbox.ids.includes(idOf(served))) showNext();
else if (served) show(served, { announce: false });
policy.announce();
outbox.flush();
if (served) supply.refill();
