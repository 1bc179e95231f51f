// What stands in the middle of the page: a pair, or a note while there is none.
import { NOTHING } from "./answer.js";
import { keymap } from "./keys.js";
import { idOf } from "./supply.js";
import { checkThumbnails } from "./thumbnails.js";
import { t } from "./words.js";

export class Stage {
  pair = null;
  #task = document.querySelector("#task");
  #announcer = document.querySelector("[data-announcer]");
  #drafts;
  #watch;
  #policy;

  constructor(drafts, watch, policy) {
    this.#drafts = drafts;
    this.#watch = watch;
    this.#policy = policy;
  }

  show(pair, { announce = true } = {}) {
    this.pair = pair;
    this.#put(pair, announce);
  }

  showNote(note) {
    this.pair = null;
    this.#put(note, true);
  }

  // Keeps what the form says, if that is not what it said `before`.
  keepDraft(before) {
    const form = this.pair?.querySelector("form.answer");
    if (form) this.#drafts.follow(form, idOf(this.pair), before);
  }

  announce(text) {
    this.#announcer.textContent = text;
  }

  focus() {
    (this.#task.querySelector("h1") ?? this.#task).focus({ preventScroll: true });
  }

  #put(root, announce) {
    keymap.label(root);
    if (root.matches("[data-mark-shared]")) import("./shared_words.js").then(({ markShared }) => markShared(root));
    this.#task.replaceChildren(root);
    checkThumbnails(root);
    this.#watch.turnTo(idOf(root));
    const { policy } = root.dataset;
    this.#policy.follow(policy, `${this.#task.dataset.policyUrl}${policy}/`).catch(() => {}); // the panel keeps the text it has
    window.scrollTo(0, 0);
    const form = root.querySelector("form.answer");
    const restored = form && this.#drafts.restore(form, idOf(root), NOTHING) ? ` ${t("Draft restored")}` : "";
    const title = root.querySelector("h1");
    if (announce) title?.focus({ preventScroll: true });
    if (announce || restored) this.announce((title?.textContent ?? "") + restored);
  }
}
