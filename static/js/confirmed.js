// What the server has confirmed in this tab: a page that was rendered before, and comes after, still shows it.
const KEY = "likewise.confirmed";
const KEPT = 50;

// Without storage such a pair is asked for again, and the server says that it has its answer.
function confirmed() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

export function noteConfirmed(id) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...confirmed(), id].slice(-KEPT)));
  } catch {
    return; // as above
  }
}

export const isConfirmed = (id) => confirmed().includes(id);
