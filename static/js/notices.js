// What is said beside the work: that an answer was not taken, and what is known of pairs that were answered.
import { t } from "./words.js";

export class Notices {
  #refusal = document.querySelector("[data-notice]");
  #refusedAt = 0;
  #told = document.querySelector("[data-told]");

  // `goOn`: called when somebody has read what is known.
  constructor(goOn) {
    this.#told.querySelector("button").addEventListener("click", () => {
      this.#told.hidden = true;
      goOn();
    });
  }

  refuse(reason) {
    this.#refusal.textContent = `${t("One answer was not taken.")} ${reason ?? t("The pair will come up again.")}`;
    this.#refusal.hidden = false;
    this.#refusedAt = Date.now();
  }

  // Whoever answered another pair since has seen it.
  confirm({ at }) {
    if (at > this.#refusedAt) this.#refusal.hidden = true;
  }

  // Where the campaign tells it: until somebody has read it.
  tell(text) {
    const texts = this.#told.querySelector("[data-told-texts]");
    if (this.#told.hidden) texts.replaceChildren();
    texts.append(Object.assign(document.createElement("p"), { textContent: text }));
    this.#told.hidden = false;
  }
}
