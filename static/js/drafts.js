// What somebody has said so far about a pair, kept in this browser alone until the server has confirmed an answer.
import { answerOf, fill, isSame } from "./answer.js";
import { lasting, ofTab } from "./storage.js";

const PREFIX = "likewise.draft.";
const SENT = "likewise.draft-sent";
const KEPT_FOR = 7 * 24 * 3600 * 1000;

export class Drafts {
  #prefix;

  constructor(person) {
    this.#prefix = `${PREFIX}${person}.`;
    sweep();
  }

  // Fills the form with what was said so far, if it says nothing else than `before`; whether it did.
  restore(form, id, before) {
    const draft = lasting.read(this.#prefix + id)?.answer;
    if (!draft || isSame(draft, before) || !isSame(answerOf(form), before)) return false;
    fill(form, draft);
    form.querySelector("[data-draft]").hidden = false;
    return true;
  }

  // Keeps what the form says now, if that is not what it said `before`.
  follow(form, id, before) {
    const answer = answerOf(form);
    form.querySelector("[data-draft]").hidden = true;
    if (isSame(answer, before)) this.remove(id);
    else lasting.write(this.#prefix + id, { answer, at: Date.now() });
  }

  remove(id) {
    lasting.remove(this.#prefix + id);
  }

  // On a page that is left when it is sent: the next page removes it, once the answer is confirmed there.
  noteSent(id) {
    ofTab.set(SENT, this.#prefix + id);
  }
}

export function removeSent() {
  lasting.remove(ofTab.get(SENT));
  ofTab.remove(SENT);
}

// Old ones of anybody: on a shared computer nothing lies about for long.
function sweep() {
  for (const key of lasting.keysFrom(PREFIX)) {
    if (!(lasting.read(key)?.at > Date.now() - KEPT_FOR)) lasting.remove(key);
  }
}
