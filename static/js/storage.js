// What the browser keeps for us. Where it keeps nothing, since storage is full or denied, it lives as long as the page.
class Store {
  #name;
  #unkept = new Map();

  constructor(name) {
    this.#name = name;
  }

  get(key) {
    return this.#unkept.get(key) ?? this.#quietly((storage) => storage.getItem(key)) ?? null;
  }

  set(key, value) {
    const isKept = this.#quietly((storage) => {
      storage.setItem(key, value);
      return true;
    });
    this.#unkept.delete(key);
    if (isKept) return;
    this.remove(key); // what was kept before says something else
    this.#unkept.set(key, value);
  }

  remove(key) {
    this.#unkept.delete(key);
    this.#quietly((storage) => storage.removeItem(key));
  }

  keysFrom(prefix) {
    const kept = this.#quietly(Object.keys) ?? [];
    return [...new Set([...kept, ...this.#unkept.keys()])].filter((key) => key.startsWith(prefix));
  }

  // null for what is not ours, too.
  read(key) {
    try {
      return JSON.parse(this.get(key));
    } catch {
      return null;
    }
  }

  write(key, value) {
    this.set(key, JSON.stringify(value));
  }

  #quietly(act) {
    try {
      return act(window[this.#name]);
    } catch {
      return undefined;
    }
  }
}

export const lasting = new Store("localStorage");
export const ofTab = new Store("sessionStorage");
