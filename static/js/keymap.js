// Which key does what. Each person may change it, in this browser.
import { lasting } from "./storage.js";

const STORED = "likewise.keymap";
const DEFAULTS = {
  similar: "1", not_similar: "2", unsure: "3",
  way1: "q", way2: "w", way3: "e", way4: "r", way5: "t", way6: "y",
  skip: "s", undo: "u", back: "b", play_rejected: "a", play_recommended: "d",
  show: "v", pause: "p", flag: "f", comment: "c", policy: "/", keys: "?",
};
const USABLE = /^[a-z0-9?/.,;'=[\]-]$/;

// The key that is meant, on keyboards of other scripts and layouts too; undefined for one that is no letter, digit or sign.
export function keyOf(event) {
  const key = event.key.toLowerCase();
  if (USABLE.test(key)) return key;
  const [, digit, letter] = /^(?:Digit|Numpad)(\d)$|^Key([A-Z])$/.exec(event.code) ?? [];
  return event.key.length === 1 ? digit ?? letter?.toLowerCase() : undefined;
}

export class Keymap {
  #keys = { ...DEFAULTS };

  constructor() {
    const stored = lasting.read(STORED) ?? {};
    for (const command of Object.keys(DEFAULTS)) if (USABLE.test(stored[command])) this.#keys[command] = stored[command];
    if (new Set(Object.values(this.#keys)).size < Object.keys(DEFAULTS).length) this.#keys = { ...DEFAULTS };
  }

  commandOf(key) {
    return Object.keys(this.#keys).find((command) => this.#keys[command] === key);
  }

  keyFor(command) {
    return this.#keys[command];
  }

  // A command that had the key gets the one that is free now; returns that command.
  set(command, key) {
    const other = this.commandOf(key);
    if (other) this.#keys[other] = this.#keys[command];
    this.#keys[command] = key;
    lasting.write(STORED, this.#keys);
    return other === command ? undefined : other;
  }

  reset() {
    this.#keys = { ...DEFAULTS };
    lasting.remove(STORED);
  }

  // Shows the keys on everything in `root` that names one.
  label(root) {
    for (const place of root.querySelectorAll("[data-key]")) place.textContent = this.#keys[place.dataset.key] ?? "";
  }
}
