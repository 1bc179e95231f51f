// What is covered until somebody asks for it: a pair behind a content warning, thumbnails that are blurred or grey.
const CLOSED = ".content-warning details:not([open])";

export const isCovered = (root) => Boolean(root.querySelector(CLOSED));

// Shows what is covered, or covers thumbnails again; whether there was something.
export function uncover(root) {
  const warning = root.querySelector(CLOSED);
  if (warning) warning.open = true;
  return Boolean(warning) || toggleThumbnails([...root.querySelectorAll(".thumb")]);
}

const areCovered = () => document.body.dataset.thumbnails !== "shown";

function toggleThumbnails(thumbnails) {
  if (!areCovered() || !thumbnails.length) return false;
  const asked = thumbnails.some((thumbnail) => !thumbnail.matches(".is-asked"));
  for (const thumbnail of thumbnails) thumbnail.classList.toggle("is-asked", asked);
  return true;
}

// A finger cannot point without pressing: its first tap shows the picture, the next one plays.
document.addEventListener("click", (event) => {
  const thumbnail = event.target.closest?.(".thumb:not(.is-asked)");
  if (!thumbnail || !areCovered() || event.pointerType !== "touch") return;
  event.preventDefault();
  event.stopPropagation();
  thumbnail.classList.add("is-asked");
}, true);
