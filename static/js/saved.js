// What is saved, said honestly: one line beside the work.
import { t, tn } from "./words.js";

export class SavedNote {
  #place = document.querySelector("[data-saved]");
  #loginUrl;

  constructor(loginUrl) {
    this.#loginUrl = loginUrl;
  }

  tell({ state, waiting }) {
    this.#place.dataset.state = state === "signed-out" ? "waiting" : state;
    if (state === "saved") this.#place.textContent = t("All saved");
    else if (state === "saving") this.#place.textContent = t("Saving…");
    else if (state === "signed-out") this.#askToSignIn(waiting);
    else this.#place.textContent = tn("Not saved yet: {n} answer waiting, trying again", "Not saved yet: {n} answers waiting, trying again", waiting);
  }

  #askToSignIn(waiting) {
    const link = document.createElement("a");
    link.href = this.#loginUrl;
    link.textContent = t("Sign in again");
    this.#place.replaceChildren(tn("Not saved yet: {n} answer waiting.", "Not saved yet: {n} answers waiting.", waiting), " ", link);
  }
}
