// Filters the entries of a page as one types; without it the browser's own search finds them all.
"use strict";
const field = document.getElementById("search");
const entries = [...document.querySelectorAll(".entry, table.entries tbody tr")].map((row) => [
  row,
  row.textContent.toLowerCase(),
]);
const filter = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const [row, text] of entries) {
    row.hidden = !words.every((word) => text.includes(word));
    const folded = row.parentElement.closest("details");
    if (folded && words.length && !row.hidden) folded.open = true;
  }
};
if (entries.length) {
  field.hidden = false;
  field.addEventListener("input", filter);
  filter();
}
