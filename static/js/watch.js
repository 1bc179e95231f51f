// How long a pair has been in view: time with the page in the background, or in a break, does not count.
export class Watch {
  #before = 0; // milliseconds, until it was last stopped
  #since = performance.now();
  #isBreak = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.#isBreak) return;
      if (document.hidden) this.#before += performance.now() - this.#since;
      else this.#since = performance.now();
    });
  }

  restart() {
    this.#before = 0;
    this.#since = performance.now();
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
    const now = document.hidden || this.#isBreak ? 0 : performance.now() - this.#since;
    return Math.round((this.#before + now) / 100) / 10;
  }
}
