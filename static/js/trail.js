// The pairs that were left in this page, so that one can go back to them. The server keeps every answer;
// one that is changed here supersedes the one before.
import { answerOf, fill } from "./answer.js";
import { t } from "./words.js";

const LONGEST = 50;
const WORDS = {
  submit: t("Your answer to this pair is recorded. Change it and submit, or leave it as it was."),
  skip: t("You passed this pair on. You can still judge it, or leave it at that."),
};

export class Trail {
  #steps = []; // the latest last: {root, kind, answer}
  #returned = new WeakMap(); // the steps of pairs that somebody came back to, by pair

  // `kind`: "submit" or "skip", what became of the pair.
  add(root, kind) {
    this.forget(root);
    this.#steps.push({ root, kind, answer: kind === "submit" ? answerOf(root.querySelector("form.answer")) : null });
    this.#steps.splice(0, this.#steps.length - LONGEST);
  }

  // The pair that was left last, as it was when it was left; undefined if there is none.
  back() {
    const step = this.#steps.pop();
    if (!step) return undefined;
    fill(step.root.querySelector("form.answer"), step.answer);
    this.#return(step);
    return step.root;
  }

  // What became of a pair that somebody came back to, {kind, answer}: also when they went on to another meanwhile.
  stepOf(root) {
    return this.#returned.get(root);
  }

  // What the server refused was not given: the pair is as it was before, at the `step` that somebody changed, if any.
  reopen(root, step) {
    this.forget(root);
    if (step) this.#return(step);
  }

  forget(root) {
    this.#steps = this.#steps.filter((step) => step.root !== root);
    this.#returned.delete(root);
    root.querySelector("[data-again]")?.remove();
  }

  #return(step) {
    this.#returned.set(step.root, step);
    step.root.querySelector("form.answer").prepend(note(step.kind));
  }
}

function note(kind) {
  const text = document.createElement("p");
  text.className = "notice again";
  text.dataset.again = kind;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.dataset.leaveIt = "";
  button.textContent = t("Leave it as it was");
  text.append(WORDS[kind], " ", button);
  return text;
}
