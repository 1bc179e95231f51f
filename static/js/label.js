// The labelling page: the next pair is here already, the answer travels in the background.
import { NOTHING, answerOf, fill, isSame, openQuestions, problems, showProblems } from "./answer.js";
import { Breaks } from "./breaks.js";
import { ignoreLateClicks } from "./clicks.js";
import { isConfirmed, noteConfirmed } from "./confirmed.js";
import { uncover } from "./covers.js";
import { Drafts } from "./drafts.js";
import { newId } from "./ids.js";
import { listen, toggle } from "./keys.js";
import { News } from "./news.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { closePlayers, togglePlayer } from "./player.js";
import { PolicyPanel } from "./policy.js";
import { SavedNote } from "./saved.js";
import { askBeforeSignOut } from "./sign_out.js";
import { closeSkip, listenForSkips, openSkip } from "./skip.js";
import { Stage } from "./stage.js";
import { Supply, idOf } from "./supply.js";
import { countPair } from "./tally.js";
import { Trail } from "./trail.js";
import { waitingNote } from "./waiting.js";
import { Watch } from "./watch.js";

const task = document.querySelector("#task");
const dialog = document.querySelector("#keys");
const saved = new SavedNote(task.dataset.loginUrl);
const unconfirmed = new Map(); // what is on its way, by the id of its entry: {root, before}, the pair and the step that is changed
const supply = new Supply(task.dataset.person, task.dataset.nextUrl, {
  isIdle: () => !stage.pair,
  ids: () => [idOf(stage.pair), ...outbox.ids, ...unconfirmed.keys()].filter(Boolean),
});
const served = task.querySelector("[data-assignment]");
const outbox = new Outbox(task.dataset.person, supply);
const policy = new PolicyPanel();
const trail = new Trail();
const breaks = new Breaks();
const drafts = new Drafts(task.dataset.person);
const watch = new Watch();
const stage = new Stage(drafts, watch, policy);
const news = new News(task.dataset, served);
const notices = new Notices(() => stage.focus());

const urlOf = (action, root) => task.dataset[`${action}Url`].replace(task.dataset.placeholder, idOf(root));

function show(pair) {
  if (!news.isDue(pair)) return stage.show(pair);
  supply.putBack(pair);
  readNews();
}

function readNews() {
  news.read(showWaiting, () => {
    if (!stage.pair) showNext();
    supply.refill();
  });
}

function showWaiting() {
  stage.showNote(waitingNote());
}

function keepDraft() {
  stage.keepDraft(trail.stepOf(stage.pair)?.answer ?? NOTHING);
}

function showNext() {
  const next = supply.take();
  if (next) show(next);
  else showWaiting();
}

function submit(form) {
  if (!stage.pair) return false;
  const answer = answerOf(form);
  const errors = { ...problems(answer), ...openQuestions(stage.pair, answer) };
  showProblems(stage.pair, errors);
  if (Object.keys(errors).length) return true;
  const given = trail.stepOf(stage.pair);
  if (given?.kind !== "submit") return leave("submit", { ...answer, seconds: watch.seconds });
  return isSame(answer, given.answer) ? leaveIt() : change({ ...answer, seconds: watch.seconds });
}

// The first press opens the choice, the second takes what it begins with.
function skipByKey() {
  if (!stage.pair) return false;
  return trail.stepOf(stage.pair) ? leaveIt() : openSkip(stage.pair) || skip();
}

function skip(reason) {
  if (!stage.pair) return false;
  return trail.stepOf(stage.pair) ? leaveIt() : leave("skip", { reason: reason || null });
}

function leave(kind, body) {
  return send({ id: idOf(stage.pair), kind, url: urlOf(kind, stage.pair), body }, kind);
}

function change(body) {
  const submission = newId();
  const url = urlOf("revise", stage.pair);
  return send({ id: submission, kind: "revise", after: idOf(stage.pair), url, body: { ...body, submission } }, "submit");
}

function send(entry, became) {
  const root = stage.pair;
  outbox.keep(entry);
  unconfirmed.set(entry.id, { root, before: entry.kind === "revise" ? trail.stepOf(root) : null });
  breaks.worked(watch.seconds, entry.kind !== "skip");
  root.querySelector("[data-draft]").hidden = true;
  finish(root, became);
  outbox.flush(); // asks for more along with the answer, unless others are on their way
  supply.refill();
  return true;
}

function finish(root, became) {
  closeAll(root);
  watch.done();
  trail.add(root, became);
  showNext();
}

// Before a pair is left, for now or for good.
function closeAll(root) {
  closePlayers(root);
  closeSkip(root);
}

function putBack() {
  if (!stage.pair) return;
  closeAll(stage.pair);
  supply.putBack(stage.pair);
}

function back() {
  const root = trail.back();
  if (!root) return false;
  putBack();
  show(root);
  stage.announce(root.querySelector("[data-again]").firstChild.textContent);
  return true;
}

// What was answered before this page was opened is changed on a page of its own.
function changeLast() {
  task.querySelector("[data-change-last]")?.click();
  return true;
}

function leaveIt() {
  const { root, kind, answer } = trail.stepOf(stage.pair);
  drafts.remove(idOf(root));
  fill(root.querySelector("form.answer"), answer);
  finish(root, kind);
  return true;
}

// What was chosen here since the pair came; if that is nothing, back to the one before.
function undo() {
  const form = task.querySelector("form.answer");
  if (!stage.pair || !form) return back();
  const given = trail.stepOf(stage.pair)?.answer ?? null;
  if (isSame(answerOf(form), given ?? NOTHING)) return back();
  fill(form, given);
  keepDraft();
  showProblems(stage.pair, {});
  return true;
}

outbox.addEventListener("change", ({ detail }) => saved.tell(detail));
outbox.addEventListener("sent", ({ detail: { entry, told } }) => {
  const id = entry.after ?? entry.id;
  unconfirmed.delete(entry.id);
  noteConfirmed(entry.id);
  drafts.remove(id);
  if (id === idOf(stage.pair)) keepDraft(); // of a change that was begun meanwhile
  notices.confirm(entry);
  if (entry.kind === "submit") countPair();
  if (told) notices.tell(told);
});
outbox.addEventListener("refused", ({ detail: { entry, status, errors } }) => {
  const { root, before } = unconfirmed.get(entry.id) ?? {};
  unconfirmed.delete(entry.id);
  if (entry.kind === "skip") return;
  if (root) trail.reopen(root, before);
  if (status !== 400 || !root) return notices.refuse(errors.detail);
  if (root !== stage.pair) {
    supply.drop(root);
    putBack();
    show(root);
  }
  showProblems(root, errors);
});
outbox.addEventListener("gone", ({ detail: { id } }) => unconfirmed.delete(id));

supply.addEventListener("arrived", () => {
  if (!stage.pair) show(supply.take());
});
supply.addEventListener("empty", ({ detail: { root } }) => (root.matches("[data-news]") ? readNews() : stage.showNote(root)));
supply.addEventListener("signed-out", () => {
  if (!stage.pair) location.assign(task.dataset.loginUrl);
});

task.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.matches("[data-skip]")) skip(event.submitter.dataset.skip);
  else submit(event.target);
});
breaks.addEventListener("begin", () => {
  closePlayers(task);
  watch.stop();
  if (document.activeElement.closest("[data-breaks]")) stage.focus(); // where the focus comes back to
});
breaks.addEventListener("end", () => watch.go());
breaks.addEventListener("passed", () => stage.focus());
task.addEventListener("input", keepDraft);
task.addEventListener("change", keepDraft);
task.addEventListener("click", (event) => {
  if (event.target.closest("[data-leave-it]")) leaveIt();
  else if (event.target.closest("[data-change-last]") && back()) event.preventDefault();
});
document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());

window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload()); // from memory: what it shows is over
askBeforeSignOut(outbox);
ignoreLateClicks(task, () => stage.pair);
listenForSkips(task);
listen(task, dialog, {
  submit: () => Boolean(stage.pair) && submit(task.querySelector("form.answer")),
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
else if (served) stage.show(served, { announce: false });
policy.announce();
outbox.flush();
if (served) supply.refill();
