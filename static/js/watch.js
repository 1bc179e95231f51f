// How long a pair has been in view: time with the page in the background, or in a break, does not count.
import { ofTab } from "./storage.js";

const SEEN = "likewise.seen";

export class Watch {
  #seen = new Map(Object.entries(ofTab.read(SEEN) ?? {})); // milliseconds, of pairs that were shown and still wait for an answer
  #id;
  #before = 0; // milliseconds, until it was last stopped
  #since = performance.now();
  #isBreak = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.#isBreak) return;
      if (document.hidden) this.#before += performance.now() - this.#since;
      else this.#since = performance.now();
    });
    // A reload brings the same pair again.
    window.addEventListener("pagehide", () => {
      this.#note();
      ofTab.write(SEEN, Object.fromEntries(this.#seen));
    });
  }

  // The pair of this id is shown now, or none; one that was seen before goes on where it was.
  turnTo(id) {
    this.#note();
    this.#id = id;
    this.#before = this.#seen.get(id) ?? 0;
    this.#since = performance.now();
  }

  // The pair that is shown is answered.
  done() {
    this.#seen.delete(this.#id);
    this.#id = undefined;
  }

  // A break begins.
  stop() {
    this.#before += performance.now() - this.#since;
    this.#isBreak = true;
  }

  go() {
    this.#isBreak = false;
    this.#since = performance.now();
  }

  get seconds() {
    return Math.round(this.#milliseconds / 100) / 10;
  }

  get #milliseconds() {
    const now = document.hidden || this.#isBreak ? 0 : performance.now() - this.#since;
    return Math.max(this.#before + now, 0); // whatever the clock does, an answer is not refused for its time
  }

  #note() {
    if (this.#id) this.#seen.set(this.#id, this.#milliseconds);
  }
}
