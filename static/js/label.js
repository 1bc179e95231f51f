// The labelling page: the next pair is here already, the answer travels in the background.
import { NOTHING, answerOf, fill, isSame, openQuestions, problems, showProblems } from "./answer.js";
import { Breaks } from "./breaks.js";
import { isConfirmed, noteConfirmed } from "./confirmed.js";
import { uncover } from "./covers.js";
import { Drafts } from "./drafts.js";
import { newId } from "./ids.js";
import { keymap, listen, toggle } from "./keys.js";
import { Outbox } from "./outbox.js";
import { closePlayers, togglePlayer } from "./player.js";
import { PolicyPanel } from "./policy.js";
import { SavedNote } from "./saved.js";
import { closeSkip, listenForSkips, openSkip } from "./skip.js";
import { Supply, idOf } from "./supply.js";
import { Trail } from "./trail.js";
import { checkThumbnails } from "./thumbnails.js";
import { waitingNote } from "./waiting.js";
import { Watch } from "./watch.js";
import { t } from "./words.js";

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const saved = new SavedNote(task.dataset.loginUrl);
const announcer = document.querySelector("[data-announcer]");
const notice = document.querySelector("[data-notice]");
const feedback = document.querySelector("[data-told]");
const unconfirmed = new Map(); // pairs whose answer is on its way, by assignment
const supply = new Supply(task.dataset.nextUrl, {
  isIdle: () => !current,
  ids: () => [idOf(current), ...outbox.ids, ...unconfirmed.keys()].filter(Boolean),
});
const served = task.querySelector("[data-assignment]");
const outbox = new Outbox(task.dataset.person, supply);
const policy = new PolicyPanel();
const trail = new Trail();
const breaks = new Breaks();
const drafts = new Drafts(task.dataset.person);
const watch = new Watch();

let current = null;
let again = null; // {kind, answer} of a pair that somebody came back to

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
  if (root.matches("[data-mark-shared]")) import("./shared_words.js").then(({ markShared }) => markShared(root));
  task.replaceChildren(root);
  checkThumbnails(root);
  watch.restart();
  policy.follow(root.dataset.policy, `${task.dataset.policyUrl}${root.dataset.policy}/`).catch(() => {}); // the panel keeps the text it has
  window.scrollTo(0, 0);
  const form = root.querySelector("form.answer");
  const restored = form && drafts.restore(form, idOf(root), NOTHING) ? ` ${t("Draft restored")}` : "";
  if (announce) root.querySelector("h1")?.focus({ preventScroll: true });
  if (announce || restored) announcer.textContent = (root.querySelector("h1")?.textContent ?? "") + restored;
}

function keepDraft() {
  const form = task.querySelector("form.answer");
  if (current && form) drafts.follow(form, idOf(current), again?.answer ?? NOTHING);
}

function showNext() {
  const next = supply.take();
  if (next) show(next);
  else showWaiting();
}

function showWaiting() {
  current = null;
  show(waitingNote(), { announce: true });
  current = null;
}

function submit(form) {
  if (!current) return false;
  const answer = answerOf(form);
  const errors = { ...problems(answer), ...openQuestions(current, answer) };
  showProblems(current, errors);
  if (Object.keys(errors).length) return true;
  if (again?.kind !== "submit") return leave("submit", { ...answer, seconds: watch.seconds });
  return isSame(answer, again.answer) ? leaveIt() : change({ ...answer, seconds: watch.seconds });
}

// The first press opens the choice, the second takes what it begins with.
function skipByKey() {
  if (!current) return false;
  return again ? leaveIt() : openSkip(current) || skip();
}

function skip(reason) {
  if (!current) return false;
  return again ? leaveIt() : leave("skip", { reason: reason || null });
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
  breaks.worked(watch.seconds, entry.kind !== "skip");
  closePlayers(root);
  closeSkip(root);
  root.querySelector("[data-draft]").hidden = true;
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
  drafts.remove(idOf(root));
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
  keepDraft();
  showProblems(current, {});
  return true;
}

function count(step) {
  for (const place of document.querySelectorAll(".tools :is([data-today], [data-total])")) {
    place.textContent = String(Number(place.textContent) + step);
  }
}

// What is known of pairs that were answered, where the campaign tells it: until somebody has read it.
function tell(text) {
  const texts = feedback.querySelector("[data-told-texts]");
  if (feedback.hidden) texts.replaceChildren();
  texts.append(Object.assign(document.createElement("p"), { textContent: text }));
  feedback.hidden = false;
}

feedback.querySelector("button").addEventListener("click", () => {
  feedback.hidden = true;
  (task.querySelector("h1") ?? task).focus({ preventScroll: true });
});
outbox.addEventListener("change", ({ detail }) => saved.tell(detail));
outbox.addEventListener("sent", ({ detail: { entry, told } }) => {
  unconfirmed.delete(entry.id);
  noteConfirmed(entry.id);
  drafts.remove(entry.after ?? entry.id);
  if (entry.kind === "submit") count(1);
  if (told) tell(told);
});
outbox.addEventListener("refused", ({ detail: { entry, status, errors } }) => {
  const root = unconfirmed.get(entry.id);
  unconfirmed.delete(entry.id);
  if (entry.kind === "skip") return;
  if (root && entry.kind === "submit") trail.forget(root);
  if (status !== 400 || !root || root === current) {
    notice.textContent = `${t("One answer was not taken.")} ${errors.detail ?? t("The pair will come up again.")}`;
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
  if (event.submitter?.matches("[data-skip]")) skip(event.submitter.dataset.skip);
  else submit(event.target);
});
breaks.addEventListener("begin", () => {
  closePlayers(task);
  watch.stop();
});
breaks.addEventListener("end", () => watch.go());
task.addEventListener("input", keepDraft);
task.addEventListener("change", keepDraft);
task.addEventListener("click", (event) => {
  if (event.target.closest("[data-leave-it]")) leaveIt();
  else if (event.target.closest("[data-change-last]") && back()) event.preventDefault();
});
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

listenForSkips(task);
listen(task, dialog, {
  submit: () => Boolean(current) && submit(task.querySelector("form.answer")),
  skip: skipByKey,
  back: () => back() || changeLast(),
  undo,
  play_rejected: () => togglePlayer(task.querySelector(".video.rejected")),
  play_recommended: () => togglePlayer(task.querySelector(".video.recommended")),
  show: () => uncover(task),
  pause: () => breaks.begin(),
  flag: () => toggle(task.querySelector("[name=flagged]")),
  policy: () => policy.toggle(),
  keys: () => {
    dialog.showModal();
    return true;
  },
});

// After a reload the server may offer a pair again whose answer still waits here, or was on its way meanwhile.
if (served && (outbox.ids.includes(idOf(served)) || isConfirmed(idOf(served)))) showNext();
else if (served) show(served, { announce: false });
policy.announce();
outbox.flush();
if (served) supply.refill();
