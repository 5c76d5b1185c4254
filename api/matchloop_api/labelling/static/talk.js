// Which tab writes a set, where the browser has no Web Locks.

const ANSWER_MS = 150;

// Resolves to what ends the hold, or to null when another tab holds the set.
export async function talk(name, takeOver, lost) {
  const channel = new BroadcastChannel(name);
  let held = takeOver;
  let taken = false;
  channel.onmessage = ({ data }) => {
    if (data === "held") taken = true;
    else if (held && data === "ask") channel.postMessage("held");
    else if (held) lost();
  };
  channel.postMessage(takeOver ? "take" : "ask");
  await new Promise((resolve) => setTimeout(resolve, takeOver ? 0 : ANSWER_MS));
  held ||= !taken;
  if (held) return () => channel.close();
  channel.close();
  return null;
}
