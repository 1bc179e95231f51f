// Answers on their way to the server: kept in localStorage until it has confirmed them.
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

const longer = (delay) => Math.min(delay * 2 || FIRST_DELAY, LONGEST_DELAY);

function cookie(name) {
  return document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

export function post(url, body, accept = "application/json") {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept, "X-CSRFToken": cookie("csrftoken") },
    body: JSON.stringify(body ?? {}),
    keepalive: true,
    redirect: "error",
  });
}

// The entries of all tabs, a key each: a tab never writes over what another has put there.
class Shelf {
  #prefix;
  #unstored = new Map(); // no storage in this browser, or none left: these live as long as the page

  constructor(person) {
    this.#prefix = `likewise.outbox.${person}.`;
  }

  // The oldest first.
  get entries() {
    const found = new Map(this.#unstored);
    for (const id of this.#storedIds()) {
      const entry = this.#read(id);
      if (entry) found.set(id, entry);
    }
    return [...found.values()].sort((one, other) => one.at - other.at);
  }

  put(entry) {
    const latest = this.entries.at(-1)?.at ?? 0;
    const dated = { ...entry, at: Math.max(Date.now(), latest + 1) };
    this.#unstored.delete(entry.id);
    try {
      localStorage.setItem(this.#prefix + entry.id, JSON.stringify(dated));
    } catch {
      this.#unstored.set(entry.id, dated);
    }
  }

  // Unless a later answer of the same id has taken its place meanwhile.
  remove({ id, at }) {
    if (this.#unstored.get(id)?.at === at) this.#unstored.delete(id);
    if (this.#read(id)?.at === at) localStorage.removeItem(this.#prefix + id);
  }

  #storedIds() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
      return keys.map((key) => key.slice(this.#prefix.length));
    } catch {
      return [];
    }
  }

  #read(id) {
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + id));
    } catch {
      return null;
    }
  }
}

// Events: "change" (detail: {state, waiting}), "sent" (detail: {entry}), "refused" (detail: {entry, status, errors}).
export class Outbox extends EventTarget {
  #shelf;
  #resting = new Map(); // entries that met an error of the server: {delay, until}, by id
  #delay = 0;
  #timer = 0;
  #sending = false;
  #state = "saved";

  constructor(person) {
    super();
    this.#shelf = new Shelf(person);
    window.addEventListener("online", () => {
      this.#resting.clear();
      this.flush();
    });
  }

  get entries() {
    return this.#shelf.entries;
  }

  get ids() {
    return this.entries.map((entry) => entry.id);
  }

  add(entry) {
    this.#resting.delete(entry.id);
    this.#shelf.put(entry);
    this.flush();
  }

  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending) return this.#tell();
    this.#sending = true;
    let stopped = false;
    for (let entry = this.#nextDue(); entry && !stopped; entry = this.#nextDue()) {
      this.#tell(this.#delay || this.entries.some(({ id }) => this.#resting.has(id)) ? this.#state : "saving");
      stopped = !(await this.#send(entry));
    }
    this.#sending = false;
    const left = this.entries;
    if (!left.length) return this.#tell("saved");
    this.#timer = setTimeout(() => this.flush(), stopped ? this.#delay : this.#untilNextDue(left));
    this.#tell(stopped ? this.#state : "waiting");
  }

  #nextDue() {
    const now = performance.now();
    return this.entries.find(({ id }) => !(this.#resting.get(id)?.until > now));
  }

  #untilNextDue(entries) {
    const times = entries.map(({ id }) => this.#resting.get(id)?.until ?? 0);
    return Math.max(Math.min(...times) - performance.now(), 0);
  }

  // Whether it makes sense to go on with the next entry.
  async #send(entry) {
    let response;
    try {
      response = await post(entry.url, entry.body);
    } catch {
      return this.#stop("waiting");
    }
    if (response.status === 401 || response.status === 403) return this.#stop("signed-out");
    if (response.status === 429) return this.#stop("waiting");
    this.#delay = 0;
    if (response.status >= 500) return this.#rest(entry.id);
    this.#resting.delete(entry.id);
    this.#shelf.remove(entry);
    if (response.ok) this.#emit("sent", { entry });
    else this.#emit("refused", { entry, status: response.status, errors: await errorsOf(response) });
    return true;
  }

  #stop(state) {
    this.#state = state;
    this.#delay = longer(this.#delay);
    return false;
  }

  // It may be this answer alone that the server stumbles over: the others go first.
  #rest(id) {
    this.#state = "waiting";
    const delay = longer(this.#resting.get(id)?.delay ?? 0);
    this.#resting.set(id, { delay, until: performance.now() + delay });
    return true;
  }

  #tell(state = this.#state) {
    this.#state = state;
    this.#emit("change", { state, waiting: this.entries.length });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

async function errorsOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}
