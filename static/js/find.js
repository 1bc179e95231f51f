// Finds words in a text of the page and marks them, as the browser's own search would, in one element.
import { t } from "./words.js";

const NAME = "found";

export class Finder {
  #text;
  #input;
  #told;
  #ranges = [];
  #at = -1;

  // `text`: the element that is searched; `form`: with an input, and an output that says what was found.
  constructor(text, form) {
    this.#text = text;
    this.#input = form.querySelector("input");
    this.#told = form.querySelector("output");
    form.hidden = !CSS.highlights; // browsers without it keep their own search
    this.#input.addEventListener("input", () => this.search());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.#at + 1);
    });
  }

  // Again, when the text has changed.
  search() {
    const wanted = this.#input.value.trim().toLocaleLowerCase();
    this.#ranges = wanted.length > 1 ? [...rangesOf(this.#text, wanted)] : [];
    CSS.highlights?.set(NAME, new Highlight(...this.#ranges));
    CSS.highlights?.delete(`${NAME}-now`);
    if (this.#ranges.length) this.#go(0);
    else this.#told.textContent = wanted.length > 1 ? t("Not found") : "";
  }

  #go(index) {
    if (!this.#ranges.length) return;
    this.#at = index % this.#ranges.length;
    const range = this.#ranges[this.#at];
    range.startContainer.parentElement.scrollIntoView({ block: "center" });
    CSS.highlights.set(`${NAME}-now`, new Highlight(range));
    this.#told.textContent = t("{place} of {all}", { place: this.#at + 1, all: this.#ranges.length });
  }
}

function* rangesOf(root, wanted) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.toLocaleLowerCase();
    if (text.length !== node.data.length) continue; // letters that change their length would shift the marks
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      yield range;
    }
  }
}
