// How long a pair has been in view: time with the page in the background does not count.
export class Watch {
  #before = 0; // milliseconds, until the page was last hidden
  #since = performance.now();

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#before += performance.now() - this.#since;
      else this.#since = performance.now();
    });
  }

  restart() {
    this.#before = 0;
    this.#since = performance.now();
  }

  get seconds() {
    const now = document.hidden ? 0 : performance.now() - this.#since;
    return Math.round((this.#before + now) / 100) / 10;
  }
}
