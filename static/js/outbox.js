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

// Events: "change" (detail: {state, waiting}), "sent" (detail: {entry, told}), "refused" (detail: {entry, status, errors}).
export class Outbox extends EventTarget {
  #shelf;
  #rider;
  #resting = new Map(); // entries that met an error of the server: {delay, until}, by id
  #delay = 0;
  #timer = 0;
  #sending = false;
  #state = "saved";

  // `rider.ask()`: what to ask the server for along with an answer, or null; then `rider.answered(html)`, null if that failed.
  constructor(person, rider = null) {
    super();
    this.#shelf = new Shelf(person);
    this.#rider = rider;
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

  // Kept from now on; `flush` sends it.
  keep(entry) {
    this.#resting.delete(entry.id);
    this.#shelf.put(entry);
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
    return this.#unblocked(this.entries).find(({ id }) => !(this.#resting.get(id)?.until > now));
  }

  // A changed answer waits until the one that it supersedes is there.
  #unblocked(entries) {
    const waiting = new Set(entries.map(({ id }) => id));
    return entries.filter(({ after }) => !waiting.has(after));
  }

  #untilNextDue(entries) {
    const times = this.#unblocked(entries).map(({ id }) => this.#resting.get(id)?.until ?? 0);
    return Math.max(Math.min(...times) - performance.now(), 0);
  }

  // Whether it makes sense to go on with the next entry.
  async #send(entry) {
    const asked = entry.kind === "submit" && this.#rider ? this.#rider.ask() : null;
    const body = asked ? { ...entry.body, next: { ...asked, html: true } } : entry.body;
    let reply = null;
    try {
      const response = await post(entry.url, body);
      reply = { status: response.status, ok: response.ok, body: await bodyOf(response) };
    } catch {
      this.#stop("waiting");
    }
    if (asked) this.#rider.answered((reply?.ok && reply.body.next?.html) || null);
    return reply !== null && this.#settle(entry, reply);
  }

  #settle(entry, { status, ok, body }) {
    if (status === 401 || status === 403) return this.#stop("signed-out");
    if (status === 429) return this.#stop("waiting");
    this.#delay = 0;
    if (status >= 500) return this.#rest(entry.id);
    this.#resting.delete(entry.id);
    this.#shelf.remove(entry);
    if (ok) this.#emit("sent", { entry, told: body.told });
    else this.#emit("refused", { entry, status, errors: body });
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

// The status alone says whether an answer was taken, also when what it says is cut off.
async function bodyOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}
