// A thumbnail that is gone is replaced by the one that is drawn from the title.
import "./covers.js";

const PLACEHOLDER_WIDTH = 120; // what YouTube serves, with a picture, for a video that it no longer has

function useDrawing(image) {
  const drawing = image.dataset.fallback;
  if (!drawing || image.getAttribute("src") === drawing) return;
  image.src = drawing;
}

// Not for addresses of YouTube's small size, which has just this width.
function isPlaceholder(image) {
  const { origin, pathname } = new URL(image.currentSrc || image.src, location.href);
  return origin !== location.origin && image.naturalWidth <= PLACEHOLDER_WIDTH && !pathname.endsWith("/default.jpg");
}

function check(image) {
  if (!image.complete || !image.dataset?.fallback) return;
  const gone = image.naturalWidth > 0 && isPlaceholder(image);
  if (image.naturalWidth === 0 || gone) useDrawing(image);
  if (!gone) return;
  image.dataset.videoGone = ""; // for those who begin to listen later
  image.dispatchEvent(new CustomEvent("video-gone", { bubbles: true }));
}

document.addEventListener("error", (event) => event.target instanceof HTMLImageElement && useDrawing(event.target), true);
document.addEventListener("load", (event) => event.target instanceof HTMLImageElement && check(event.target), true);

// For those that failed before they were in the page, where no event is heard.
export function checkThumbnails(root) {
  root.querySelectorAll("img[data-fallback]").forEach(check);
}

checkThumbnails(document);
