// The policy beside the work. Without script its link opens the policy's own page.
import { Finder } from "./find.js";
import { lasting } from "./storage.js";

const OPEN = "likewise.policy";

export class PolicyPanel {
  #panel = document.querySelector("#policy-panel");
  #finder;
  #wanted; // the version that was asked for last

  constructor() {
    if (!this.#panel) return;
    this.#finder = new Finder(this.#panel.querySelector("[data-policy-text]"), this.#panel.querySelector("[data-find]"));
    this.#panel.querySelector("[data-close-policy]").addEventListener("click", () => this.toggle());
    this.#panel.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle());
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-toggle-policy]") && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.toggle();
      }
    });
    const chosen = lasting.get(OPEN);
    const roomy = matchMedia(chosen === "open" ? "(min-width: 1101px)" : "(min-width: 1400px)").matches;
    this.#panel.hidden = !roomy || chosen === "closed"; // beside the work until it is closed
  }

  toggle() {
    if (!this.#panel) return false;
    this.#panel.hidden = !this.#panel.hidden;
    lasting.set(OPEN, this.#panel.hidden ? "closed" : "open");
    this.announce();
    const next = this.#panel.hidden ? document.querySelector("[data-toggle-policy]") : this.#panel.querySelector("h2");
    next?.focus({ preventScroll: true });
    return true;
  }

  announce() {
    for (const link of document.querySelectorAll("[data-toggle-policy]")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-controls", "policy-panel");
      link.setAttribute("aria-expanded", String(!this.#panel?.hidden));
    }
  }

  // A pair of another campaign may be judged by another version.
  async follow(version, url) {
    this.announce();
    this.#wanted = version;
    if (!this.#panel || !version || this.#panel.dataset.version === version) return;
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok || this.#wanted !== version) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    this.#panel.querySelector("[data-policy-text]").replaceChildren(...page.querySelector("[data-policy-text]").children);
    this.#panel.dataset.version = version;
    this.#finder.search();
  }
}
