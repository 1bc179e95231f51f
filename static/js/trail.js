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

  // `kind`: "submit" or "skip", what became of the pair.
  add(root, kind) {
    this.#steps.push({ root, kind, answer: kind === "submit" ? answerOf(root.querySelector("form.answer")) : null });
    this.#steps.splice(0, this.#steps.length - LONGEST);
    root.querySelector("[data-again]")?.remove();
  }

  // The pair that was left last, as it was when it was left; undefined if there is none.
  back() {
    const step = this.#steps.pop();
    if (!step) return undefined;
    const form = step.root.querySelector("form.answer");
    fill(form, step.answer);
    form.prepend(note(step.kind));
    return step;
  }

  // An answer that the server refused was not given.
  forget(root) {
    this.#steps = this.#steps.filter((step) => step.root !== root);
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
