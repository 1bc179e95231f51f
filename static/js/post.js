// Requests to the API, and how long to wait before one that failed is tried again.
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;
const PATIENCE = 30_000; // a request that nobody answers has failed, too

export const longer = (delay) => Math.min(delay * 2 || FIRST_DELAY, LONGEST_DELAY);

function cookie(name) {
  return document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

// `person`: whose page it is. The cookies are those of whoever signed in last in this browser: from a page of
// somebody else the server takes nothing.
export function post(person, url, body, accept = "application/json") {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept, "X-CSRFToken": cookie("csrftoken"), "X-Person": person },
    body: JSON.stringify(body ?? {}),
    keepalive: true,
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
}
