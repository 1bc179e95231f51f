// The pairs that are here before they are shown: asked for two at a time, along with an answer or alone.
import { longer, post } from "./post.js";

const AHEAD = 3; // pairs fetched beside the one that is shown
const LOW = 1; // asked for more when no more than this many are left: two at a time, half the work
const MOST_HELD = 50; // what the server takes

export const idOf = (root) => root?.dataset.assignment;

// Events: "arrived" (there is a pair), "empty" (detail: {root}, what the server says instead), "signed-out".
export class Supply extends EventTarget {
  #person;
  #url;
  #page;
  #ahead = [];
  #asking = false;
  #nothingLeft = false;
  #delay = 0;
  #timer; // of the next try, where the last one failed

  // `page.isIdle()`: whether it shows no pair; `page.ids()`: of the pairs that it shows or that were answered here.
  constructor(person, url, page) {
    super();
    this.#person = person;
    this.#url = url;
    this.#page = page;
    window.addEventListener("online", () => this.#timer && this.refill());
  }

  // The next pair, if it is here.
  take() {
    return this.#ahead.shift();
  }

  // Before all others.
  putBack(root) {
    this.#ahead.unshift(root);
  }

  // It is shown, although it was put back.
  drop(root) {
    this.#ahead = this.#ahead.filter((other) => other !== root);
  }

  async refill() {
    const asked = this.ask();
    if (!asked) return;
    try {
      const response = await post(this.#person, this.#url, asked, "text/html");
      if (response.status === 401 || response.status === 403) {
        this.#asking = false;
        return this.dispatchEvent(new Event("signed-out"));
      }
      if (!response.ok) throw new Error(`next pair: ${response.status}`);
      this.#receive(await response.text());
    } catch {
      this.#asking = false;
      this.#delay = longer(this.#delay);
      this.#tryLater();
    }
  }

  // What to ask the server for; null if nothing is wanted now. `answered` must follow.
  ask() {
    if (this.#asking || this.#ahead.length > LOW || (this.#nothingLeft && !this.#page.isIdle())) return null;
    this.#asking = true;
    const holding = [...this.#ahead.map(idOf), ...this.#page.ids()].slice(0, MOST_HELD);
    return { count: AHEAD - this.#ahead.length, holding };
  }

  // What came of what was asked along with an answer: HTML, or null where that failed.
  answered(html) {
    if (html !== null) return this.#receive(html);
    this.#asking = false;
    if (!this.#delay) this.refill();
    else if (!this.#timer) this.#tryLater();
  }

  #tryLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.refill();
    }, this.#delay);
  }

  #receive(html) {
    this.#asking = false;
    const page = new DOMParser().parseFromString(html, "text/html");
    const known = new Set([...this.#ahead.map(idOf), ...this.#page.ids()]);
    const found = [...page.querySelectorAll("[data-assignment]")].filter((root) => !known.has(idOf(root)));
    this.#nothingLeft = found.length === 0;
    this.#ahead.push(...found.map(prepared));
    if (this.#ahead.length) this.dispatchEvent(new Event("arrived"));
    else if (this.#page.isIdle()) this.#emitEmpty(page);
    this.#delay = 0;
    this.#timer = clearTimeout(this.#timer);
    if (!this.#nothingLeft) this.refill();
  }

  #emitEmpty(page) {
    const root = document.importNode(page.querySelector("[data-empty]"), true);
    this.dispatchEvent(new CustomEvent("empty", { detail: { root } }));
  }
}

function prepared(found) {
  const root = document.importNode(found, true);
  for (const image of root.querySelectorAll("img")) {
    const warm = new Image(); // fetched now, so that it is there when the pair is shown
    warm.referrerPolicy = "no-referrer";
    warm.src = image.src;
  }
  return root;
}
