// Plays a video in the place of its thumbnail. Until somebody asks for it, its site hears nothing.
import { t } from "./words.js";

const ALLOWED = "autoplay; encrypted-media; fullscreen; picture-in-picture";

// Without sound at first, unless the person wants it otherwise. TED's player has no such switch.
function quiet(url) {
  const address = new URL(url);
  if ("muted" in document.body.dataset && address.hostname.includes("youtube")) address.searchParams.set("mute", "1");
  return address.href;
}

function open(thumbnail) {
  const player = document.createElement("div");
  player.className = "player";
  const frame = document.createElement("iframe");
  frame.src = quiet(thumbnail.dataset.player);
  frame.title = thumbnail.querySelector(".visually-hidden").textContent.trim();
  frame.allow = ALLOWED;
  frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube plays for pages that say who they are
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = t("Close the player");
  button.addEventListener("click", () => close(player, thumbnail));
  player.append(frame, button);
  thumbnail.hidden = true;
  thumbnail.after(player);
  button.focus({ preventScroll: true }); // and not the frame, where no key of ours is heard
}

function close(player, thumbnail) {
  player.remove();
  thumbnail.hidden = false;
  thumbnail.focus({ preventScroll: true });
}

// Before a pair is left: a player that is put back into the page begins to play by itself.
export function closePlayers(root) {
  for (const player of root.querySelectorAll(".player")) close(player, player.previousElementSibling);
}

// Whether there was a player to open or close.
export function togglePlayer(video) {
  const thumbnail = video?.querySelector("[data-player]");
  if (!thumbnail) return false;
  const player = video.querySelector(".player");
  if (player) close(player, thumbnail);
  else open(thumbnail);
  return true;
}

document.addEventListener("click", (event) => {
  const thumbnail = event.target.closest("[data-player]");
  if (!thumbnail || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  togglePlayer(thumbnail.closest(".video"));
});
