// Adds how long ago a time was, beside the exact time.
const units = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
for (const time of document.querySelectorAll("time[datetime]:not(.recorded *)")) {
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["minute", 60];
  const ago = document.createElement("span");
  ago.className = "ago";
  ago.textContent = ` (${words.format(Math.round(seconds / size), unit)})`;
  time.after(ago);
}
