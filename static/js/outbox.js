// Answers on their way to the server: kept in localStorage until it has confirmed them.
import { longer, post } from "./post.js";
import { lasting } from "./storage.js";

// The entries of all tabs, a key each: a tab never writes over what another has put there.
class Shelf {
  #prefix;

  constructor(person) {
    this.#prefix = `likewise.outbox.${person}.`;
  }

  // The oldest first.
  get entries() {
    const found = lasting.keysFrom(this.#prefix).map((key) => lasting.read(key));
    return found.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  put(entry) {
    const latest = this.entries.at(-1)?.at ?? 0;
    lasting.write(this.#prefix + entry.id, { ...entry, at: Math.max(Date.now(), latest + 1) });
  }

  // Unless a later answer of the same id has taken its place meanwhile.
  remove({ id, at }) {
    if (lasting.read(this.#prefix + id)?.at === at) lasting.remove(this.#prefix + id);
  }

  // Calls `tell` with the id of each entry that another tab has removed.
  whenRemoved(tell) {
    window.addEventListener("storage", ({ key, newValue }) => {
      if (newValue === null && key?.startsWith(this.#prefix)) tell(key.slice(this.#prefix.length));
    });
  }
}

// Events: "change" (detail: {state, waiting}), "sent" (detail: {entry, told}), "refused" (detail: {entry, status, errors}),
// "gone" (detail: {id}: another tab has sent it, or heard that it is refused).
export class Outbox extends EventTarget {
  #person;
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
    this.#person = person;
    this.#shelf = new Shelf(person);
    this.#rider = rider;
    this.#shelf.whenRemoved((id) => this.#emit("gone", { id }));
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

  // A changed answer waits until the one that it supersedes is there, and what it was changed to before.
  #unblocked(entries) {
    const waiting = new Set(entries.map(({ id }) => id));
    const isFirst = (entry) => entries.find(({ after }) => after === entry.after) === entry;
    return entries.filter((entry) => !entry.after || (!waiting.has(entry.after) && isFirst(entry)));
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
      const response = await post(this.#person, entry.url, body);
      reply = { status: response.status, ok: response.ok, body: await bodyOf(response) };
    } catch {
      this.#stop("waiting");
    }
    if (asked) this.#rider.answered((reply?.ok && reply.body?.next?.html) || null);
    return reply !== null && this.#settle(entry, reply);
  }

  #settle(entry, { status, ok, body }) {
    if (status === 401 || status === 403) return this.#stop("signed-out");
    if (status === 429) return this.#stop("waiting");
    this.#delay = 0;
    if (!ok && !isVerdict(status, body)) return this.#rest(entry.id);
    this.#resting.delete(entry.id);
    this.#shelf.remove(entry);
    if (ok) this.#emit("sent", { entry, told: body?.told });
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

// Whether it is the API that refuses: it says why. What stands before it, or is in its place for a while, does not, or
// says that the answer went unread.
const isVerdict = (status, body) => status < 500 && status !== 408 && body !== null && !body.unread;

// null for what is cut off, or is no JSON: that an answer was taken, the status alone says.
async function bodyOf(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
