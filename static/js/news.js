// A version of the policy that this page does not know: the page that is loaded then tells what is new. The server hands
// out no pair of a version that is still to be read; one that was read in another window may come here.
export class News {
  #known;
  #url;

  // `served`: the pair that came with the page, after its news were read.
  constructor({ knownPolicies, labelUrl }, served) {
    this.#known = new Set([...knownPolicies.split(" "), served?.dataset.policy]);
    this.#url = labelUrl;
  }

  isDue(pair) {
    return !this.#known.has(pair.dataset.policy);
  }

  // Without a connection there would be no page at all: `wait` is called, and once it is back `goOn`.
  read(wait, goOn) {
    if (navigator.onLine) return location.assign(this.#url);
    wait();
    window.addEventListener("online", goOn, { once: true });
  }
}
